//! The fields of each record, and what else their columns are called: in HubSpot, Salesforce, Twenty, Krayin, Atomic
//! CRM and by hand. A name means one field of a record only.

use crate::domain::{Field, Record};

/// Fields, each with names that are parted by spaces.
type Columns = &'static [(Field, &'static str)];

/// The fields of a record, each with the names of its column beside its own, as [`plain`] gives them. A field of all
/// records can have more names in one.
pub(crate) fn columns(record: Record) -> impl Iterator<Item = (Field, &'static str)> {
    own_columns(record).iter().chain(COMMON).copied()
}

const COMMON: Columns = &[
    (Field::Id, ""),
    (
        Field::AssignedTo,
        "salesid ownerid assigneeid accountmanagerid opportunityownerid assignedtoid \
        assigneduserid responsibleid responsibleuserid salespersonid salesrepid repid accountownerid \
        dealownerid contactownerid companyownerid hubspotownerid",
    ),
    (
        Field::CreatedBy,
        "userid authorid createdbyid createdbyuserid creatorid addedby addedbyid \
        enteredby insertedby",
    ),
    (
        Field::CreatedAt,
        "created firstseen insertedat createdon createddate createdate createdtime \
        datecreated dateadded addedat creationdate dateentered",
    ),
    (
        Field::UpdatedAt,
        "updated lastseen modifiedat updatedon updateddate lastmodified lastmodifiedat \
        lastmodifieddate modified modifiedon modifieddate datemodified lastupdated lastupdatedat",
    ),
];

fn own_columns(record: Record) -> Columns {
    match record {
        Record::Organization => ORGANIZATION,
        Record::Contact => CONTACT,
        Record::ContactOrganization => CONTACT_ORGANIZATION,
        Record::Opportunity => OPPORTUNITY,
        Record::Activity => ACTIVITY,
        Record::ContactNote => CONTACT_NOTE,
        Record::OpportunityNote => OPPORTUNITY_NOTE,
        Record::Tag => TAG,
        Record::Product => PRODUCT,
        Record::Task => TASK,
    }
}

const ORGANIZATION: Columns = &[
    (
        Field::Name,
        "companyname organizationname legalname accountname company businessname displayname \
        customername clientname",
    ),
    (
        Field::OrganizationType,
        "type companytype kind accounttype orgtype category customertype",
    ),
    (Field::IsPrincipal, "principal issupplier"),
    (Field::IsDistributor, "distributor"),
    (Field::Industry, "sector segment vertical industrytype"),
    (Field::Priority, "tier rating grade importance accountpriority"),
    (
        Field::Website,
        "url homepage websiteurl site web webaddress webpage domainnameprimarylinkurl",
    ),
    (
        Field::Phone,
        "phonenumber telephone phonejsonb tel phoneno phones phonenumbers mainphone \
        officephone workphone companyphone businessphone",
    ),
    (
        Field::Email,
        "emailaddress emailjsonb emails mail emailaddresses companyemail primaryemail",
    ),
    (
        Field::Address,
        "street addressline1 streetaddress address1 addressline street1 streetline1 \
        addressstreet billingstreet addressaddressstreet1",
    ),
    (
        Field::City,
        "town locality addresscity billingcity addressaddresscity",
    ),
    (
        Field::State,
        "stateabbr region province statecode stateprovince addressstate billingstate \
        addressaddressstate",
    ),
    (
        Field::PostalCode,
        "zipcode zip postcode postal pincode addresszip addresspostalcode \
        billingpostalcode addressaddresspostcode",
    ),
    (
        Field::Country,
        "countryname countrycode addresscountry billingcountry addressaddresscountry",
    ),
    (
        Field::LinkedinUrl,
        "linkedin linkedinpage linkedinprofile linkedincompanypage \
        linkedinlinkprimarylinkurl",
    ),
    (Field::AnnualRevenue, "revenue yearlyrevenue annualsales turnover"),
    (
        Field::EmployeeCount,
        "employees numberofemployees headcount employeescount noofemployees \
        numemployees totalemployees staffcount",
    ),
    (
        Field::FoundedYear,
        "founded yearfounded foundingyear yearestablished foundedin",
    ),
    (
        Field::ParentOrganization,
        "parentid parentcompanyid parentaccountid parentorgid \
        parentorganisationid parentcompany",
    ),
    (
        Field::Notes,
        "description comments note about details remarks comment summary",
    ),
];

const CONTACT: Columns = &[
    (Field::FirstName, "givenname forename fname namefirstname"),
    (Field::LastName, "surname familyname lname namelastname"),
    (
        Field::FullName,
        "name displayname contactname personname customername clientname leadname",
    ),
    (
        Field::Email,
        "emails emailaddress emailjsonb mail emailaddresses workemail primaryemail \
        businessemail emailsprimaryemail",
    ),
    (
        Field::Phone,
        "phones phonenumber phonejsonb phonenumbers tel telephone phoneno workphone \
        officephone businessphone primaryphone phonesprimaryphonenumber",
    ),
    (
        Field::Title,
        "jobtitle position jobrole job designation contacttitle",
    ),
    (Field::Department, "dept departmentname"),
    (
        Field::LinkedinUrl,
        "linkedin linkedinprofile linkedinprofileurl linkedinlinkprimarylinkurl",
    ),
    (
        Field::Notes,
        "background comments note about bio details remarks comment description summary",
    ),
    (Field::Tags, "labels tagids taglist tagnames"),
    (
        Field::Organization,
        "companyid accountid organisationid employerid primaryorganizationid \
        primarycompanyid primaryaccountid",
    ),
];

const CONTACT_ORGANIZATION: Columns = &[
    (Field::Contact, "personid contactsid peopleid"),
    (
        Field::Organization,
        "companyid accountid organisationid organizationsid",
    ),
    (
        Field::IsPrimary,
        "primary isprimaryorganization isprimarycontact isprimarycompany isprimaryaccount \
        isdefault",
    ),
    (Field::Role, "relationship title position jobtitle"),
    (Field::StartedAt, "startdate since startedon joinedat joineddate"),
];

const OPPORTUNITY: Columns = &[
    (Field::Name, "title dealname opportunityname subject"),
    (Field::Category, "type kind dealtype opportunitytype businesstype"),
    (
        Field::Stage,
        "pipelinestage dealstage salesstage stagename opportunitystage phase",
    ),
    (Field::Status, "dealstatus opportunitystatus"),
    (Field::Priority, "dealpriority importance hspriority"),
    (
        Field::Amount,
        "value amountcents estimatedvalue dealvalue dealamount leadvalue opportunityamount \
        estimatedamount expectedamount totalamount valuecents",
    ),
    (
        Field::Probability,
        "winprobability probabilitypercent winpercentage closeprobability likelihood \
        confidence hsdealstageprobability",
    ),
    (
        Field::EstimatedCloseDate,
        "expectedclosingdate expectedclosedate closedate expectedclose \
        expectedclosingat expectedcloseat estimatedclose estimatedclosingdate targetclosedate \
        forecastclosedate closingdate",
    ),
    (
        Field::ActualCloseDate,
        "closedat closedon closeddate dateclosed actualclose actualclosingdate",
    ),
    (
        Field::CustomerOrganization,
        "organizationid companyid accountid customerid organisationid clientid \
        customercompanyid customeraccountid buyerid",
    ),
    (
        Field::PrincipalOrganization,
        "principalid supplierid principalcompanyid supplierorganizationid \
        vendorid manufacturerid",
    ),
    (
        Field::Contact,
        "primarycontactid personid keycontactid maincontactid pointofcontactid",
    ),
    (
        Field::ContactIds,
        "contacts contactsids personids relatedcontacts",
    ),
    (
        Field::Index,
        "position sortorder boardindex order sort rank boardposition kanbanindex sortindex \
        displayorder stageposition",
    ),
    (
        Field::Description,
        "notes details about comment comments remarks summary",
    ),
    (Field::NextAction, "nextstep nextsteps nextactivity"),
    (
        Field::NextActionDate,
        "nextstepdate nextactionat nextstepat nextactivitydate followupdate",
    ),
    (
        Field::Competition,
        "competitor competitors maincompetitor maincompetitors primarycompetitor",
    ),
    (Field::DecisionCriteria, "buyingcriteria decisionfactors"),
];

const ACTIVITY: Columns = &[
    (Field::Type, "activitytype kind activitykind category channel"),
    (Field::Subject, "title summary name headline"),
    (
        Field::Description,
        "notes body details text note content comment comments bodytext",
    ),
    (Field::Status, "activitystatus"),
    (Field::Priority, "importance"),
    (Field::Opportunity, "dealid relateddealid relatedopportunityid"),
    (Field::Contact, "personid relatedcontactid"),
    (
        Field::Organization,
        "companyid accountid organisationid relatedcompanyid",
    ),
    (
        Field::DueDate,
        "dueat scheduledat activitydate date datetime duetime startat startsat starttime \
        startdate scheduledfor scheduledon activityat eventdate",
    ),
    (Field::CreatedAt, "occurredat happenedat loggedat sentat"),
    (
        Field::CompletedAt,
        "doneat donedate completeddate completedon completedate completiondate \
        finishedat doneon",
    ),
    (Field::InteractionType, "interaction interactionkind"),
    (Field::Outcome, "result disposition conclusion"),
    (Field::Participants, "attendees invitees guests"),
];

const CONTACT_NOTE: Columns = &[
    (Field::Contact, "personid relatedcontactid"),
    (Field::Organization, "companyid accountid organisationid"),
    (
        Field::Text,
        "note content body notes message description comment notetext notebody notecontent \
        bodytext",
    ),
    (Field::Type, "notetype kind category"),
    (
        Field::Date,
        "notedate notedat notedon writtenat loggedat occurredat",
    ),
];

const OPPORTUNITY_NOTE: Columns = &[
    (Field::Opportunity, "dealid relateddealid"),
    (Field::Organization, "companyid accountid organisationid"),
    (
        Field::Text,
        "note content body notes message description comment notetext notebody notecontent \
        bodytext",
    ),
    (Field::Type, "notetype kind category"),
    (
        Field::Date,
        "notedate notedat notedon writtenat loggedat occurredat",
    ),
];

const TAG: Columns = &[
    (Field::Name, "label title tagname tag"),
    (Field::Color, "colour hex hexcolor colorhex colorcode tagcolor"),
    (Field::Description, "details"),
];

const PRODUCT: Columns = &[
    (Field::Name, "productname title itemname"),
    (
        Field::Sku,
        "code productcode productsku skucode itemcode itemnumber partnumber productnumber",
    ),
    (
        Field::Principal,
        "principalorganizationid supplierid vendorid manufacturerid principalcompanyid \
        supplierorganizationid suppliercompanyid vendororganizationid",
    ),
    (Field::Organization, "companyid accountid organisationid"),
    (
        Field::Category,
        "producttype type family productfamily productgroup productcategory",
    ),
    (Field::Subcategory, "subtype productsubcategory"),
    (
        Field::Description,
        "details summary productdescription longdescription",
    ),
    (Field::Brand, "brandname make manufacturer"),
    (Field::Upc, "barcode gtin upccode barcodenumber"),
    (Field::Status, "productstatus state availability"),
    (
        Field::UnitOfMeasure,
        "unit uom measure unitname unitofsale salesunit",
    ),
    (
        Field::ListPrice,
        "price unitprice pricecents baseprice retailprice sellingprice salesprice msrp \
        listpricecents unitpricecents",
    ),
    (
        Field::CostPerUnit,
        "cost unitcost costcents costprice purchaseprice wholesaleprice standardcost",
    ),
    (Field::MapPrice, "minimumadvertisedprice map minadvertisedprice"),
    (
        Field::MinOrderQuantity,
        "minimumorderquantity moq minorder minorderqty minimumorder minquantity \
        minqty minimumquantity",
    ),
    (
        Field::UnitsPerCase,
        "casepack packsize percase casesize caseqty casequantity packqty packquantity \
        unitspercarton",
    ),
    (
        Field::LeadTimeDays,
        "leadtime leaddays leadtimeindays deliverydays",
    ),
    (Field::Certifications, "certificates"),
    (Field::Allergens, "allergenlist allergeninfo"),
    (
        Field::Nutrition,
        "nutritionfacts nutritionalinfo nutritionpanel nutritioninfo nutritiondata \
        nutritionlabel nutritionals nutritionalfacts",
    ),
];

const TASK: Columns = &[
    (
        Field::Title,
        "text name subject task taskname tasktitle summary content",
    ),
    (Field::Type, "tasktype category kind taskkind"),
    (Field::Status, "taskstatus state"),
    (Field::Priority, "taskpriority importance"),
    (Field::DueDate, "dueat due dueon deadline duedatetime"),
    (
        Field::CompletedAt,
        "donedate doneat completeddate completedon completiondate finishedat doneon \
        closedat",
    ),
    (Field::Contact, "personid relatedcontactid"),
    (
        Field::Organization,
        "companyid accountid organisationid relatedcompanyid",
    ),
    (Field::Opportunity, "dealid relateddealid relatedopportunityid"),
];
