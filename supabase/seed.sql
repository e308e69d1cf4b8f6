-- The tags of the industry pack `food_beverage`. Rows that a person changed stay as they are.
insert into public.tags (name, color, description)
values
('Key Account', '#b91c1c', 'Among the accounts that carry the year; reviewed every month'),
('Decision Maker', '#7c3aed', 'Signs the order or the contract'),
('Influencer', '#8b5cf6', 'Does not sign, but is asked before it is signed'),
('Gatekeeper', '#6b7280', 'Decides who gets a date with the buyer'),
('Chef', '#ea580c', 'Cooks with it: talks about yield, hold time and consistency'),
('Buyer', '#2563eb', 'Purchasing or category management'),
('Operations', '#0891b2', 'Receiving, storage, kitchen or plant operations'),
('Food Safety', '#dc2626', 'Asks for specifications, audits and lot traceability'),
('Sample Sent', '#65a30d', 'Has product on the counter; ask for feedback within a week'),
('Menu Change', '#f59e0b', 'A menu or planogram reset is coming up'),
('Organic', '#16a34a', 'Buys certified organic where there is a choice'),
('Gluten Free', '#ca8a04', 'Needs gluten-free items, with certificates'),
('Plant Based', '#22c55e', 'Looks for plant-based items'),
('Local Sourcing', '#15803d', 'Prefers producers from the region'),
('Price Sensitive', '#d97706', 'Decides on price per portion; show the cost in use'),
('Bid', '#4f46e5', 'Buys by written bid or tender'),
('Distributor Contact', '#0d9488', 'Works for a distributor, not for an operator'),
('Trade Show', '#db2777', 'Met at a food show'),
('Referral', '#9333ea', 'Came by recommendation of a customer'),
('At Risk', '#991b1b', 'Orders are falling or a complaint is open')
on conflict (name) do nothing;
