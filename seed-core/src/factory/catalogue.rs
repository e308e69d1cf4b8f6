//! Products and labels.

use jiff::Timestamp;
use uuid::Uuid;

use super::embedded::Nutrition;
use super::record::record;
use crate::industry::Cents;

record! {
    /// An entry of the catalogue of a principal.
    ///
    /// ```
    /// use seed_core::factory::Product;
    /// use seed_core::industry::Cents;
    /// let product = Product::factory().active().list_price(Cents(12_50)).build();
    /// assert_eq!(serde_json::to_value(&product)?["list_price"], 12.5);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    owned Product products {
        /// Its key.
        id: Uuid = Id,
        /// What it is called.
        name: String = Name,
        /// Stock keeping unit, unique.
        sku: String = Sku,
        /// Who supplies it: a key of `organizations`.
        principal_id: Uuid = Principal,
        /// Category.
        category: String = Category,
        /// A finer category.
        subcategory: String | null = Subcategory,
        /// A sentence about it.
        description: String | null = Description,
        /// Brand.
        brand: String | null = Brand,
        /// Bar code, twelve digits.
        upc: String | null = Upc,
        /// `active`, `discontinued`, `seasonal` or `coming_soon`.
        status: String = Status,
        /// Unit that the prices are for.
        unit_of_measure: String | null = UnitOfMeasure,
        /// Money.
        list_price: Cents | null = ListPrice,
        /// Money, at most the advertised price.
        cost_per_unit: Cents | null = CostPerUnit,
        /// Minimum advertised price, at most the list price.
        map_price: Cents | null = MapPrice,
        /// Units.
        min_order_quantity: i64 | null = MinOrderQuantity,
        /// Units.
        units_per_case: i64 | null = UnitsPerCase,
        /// Days.
        lead_time_days: i64 | null = LeadTimeDays,
        /// Certifications.
        certifications: Vec<String> = Certifications,
        /// Allergens.
        allergens: Vec<String> = Allergens,
        /// The panel on the label, for food.
        nutrition: Nutrition | null = Nutrition,
    } states {
        /// Those that can be ordered.
        active: |product| product.status == "active",
        /// Those that cannot be ordered any more.
        discontinued: |product| product.status == "discontinued",
        /// Those that can be ordered in their season.
        seasonal: |product| product.status == "seasonal",
        /// Those that can be ordered soon.
        coming_soon: |product| product.status == "coming_soon",
        /// Those that have a nutrition panel.
        food: |product| product.nutrition.is_some(),
    }
}

record! {
    /// A label for people. Labels belong to nobody.
    ///
    /// ```
    /// use seed_core::factory::Tag;
    /// let tag = Tag::factory().name("VIP").build();
    /// assert!(tag.name == "VIP" && tag.color.starts_with('#'));
    /// ```
    shared Tag tags {
        /// Its key.
        id: Uuid = Id,
        /// What it is called, unique.
        name: String = Name,
        /// Colour as `#rrggbb`.
        color: String = Color,
        /// What it means.
        description: String | null = Description,
        /// How many people carry it: 0, the database counts by itself.
        usage_count: i64,
        /// When it was made.
        created_at: Timestamp = CreatedAt,
        /// When it was changed last.
        updated_at: Timestamp = UpdatedAt,
    } states {}
}
