-- The catalogues. Each rule selects the keys of the rows that break it; names in braces are those of the domain
-- (see template.rs). A rule about `*` is meant for each record.

-- rule products: has a principal that is one
select p.{products.id} from {products} p
join {organizations} principal on principal.{organizations.id} = p.{products.principal_id}
where not principal.{organizations.is_principal};

-- rule products: was listed after its principal was entered
select p.{products.id} from {products} p
join {organizations} principal on principal.{organizations.id} = p.{products.principal_id}
where p.{products.created_at} < principal.{organizations.created_at};

-- rule products: has a number of its own in stock
select min(p.{products.id}::text) from {products} p
group by p.{products.sku}
having count(*) > 1;

-- rule products: has a nutrition panel, if it has allergens
select p.{products.id} from {products} p
where exists (select from {each p.products.allergens}) and p.{products.nutrition} is null;

-- rule products: has a full nutrition panel, if it has one
select p.{products.id} from {products} p
where not p.{products.nutrition}::jsonb ?& array[
    'serving_size', 'calories', 'total_fat_g', 'cholesterol_mg', 'sodium_mg', 'total_carbohydrate_g', 'protein_g'
];

-- rule products: costs no more than its advertised price, and that no more than the list price
select p.{products.id} from {products} p
where p.{products.cost_per_unit} < 0
    or p.{products.cost_per_unit} > p.{products.map_price}
    or p.{products.map_price} > p.{products.list_price};
