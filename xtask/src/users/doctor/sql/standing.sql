-- Whether there is an Auth to look at, and whether this role sees its rows.
select
    to_regclass('auth.users') is not null and to_regclass('auth.identities') is not null as is_there,
    case when to_regclass('auth.users') is not null then row_security_active('auth.users') end as sees_nothing,
    current_user::text as role;
