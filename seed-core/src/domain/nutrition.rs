//! Nutrition panels: energy follows from fat, carbohydrate and protein, parts do not exceed their wholes.

use super::value::Panel;
use crate::industry::Nutrition;
use crate::stream::Draw;

/// What a serving of a sort of food is made of: grams from and to, for sodium milligrams.
struct Profile {
    serving_size: &'static str,
    fat: (i64, i64),
    carbohydrate: (i64, i64),
    protein: (i64, i64),
    sodium: (i64, i64),
    /// Of a hundred grams of carbohydrate, so many are sugars and so many fibre.
    sugars: i64,
    fiber: i64,
    /// From animals, so that there is cholesterol.
    animal: bool,
}

pub(crate) fn panel(nutrition: Nutrition, draw: &mut Draw) -> Panel {
    let profile = profile(nutrition);
    let mut tenths = |(low, high): (i64, i64)| draw.between(low * 10, high * 10);
    let (fat, carbohydrate, protein) = (
        tenths(profile.fat),
        tenths(profile.carbohydrate),
        tenths(profile.protein),
    );
    let sodium = tenths(profile.sodium) / 50 * 50;
    let share = |of: i64, percent: i64| of * percent / 100;
    let saturated = share(fat, draw.between(15, if profile.animal { 60 } else { 25 }));
    let sugars = share(carbohydrate, profile.sugars);
    let fiber = share(carbohydrate, profile.fiber);
    let added = share(sugars, draw.between(0, 80));
    let cholesterol = if profile.animal {
        draw.between(5, 90) * 10
    } else {
        0
    };
    let vitamin_d = if profile.animal { draw.between(0, 25) } else { 0 };
    Panel {
        serving_size: profile.serving_size,
        servings_per_container: *draw.pick(&[4, 8, 10, 12, 16, 24, 32, 48]),
        // Nine kilocalories a gram of fat, four of the others; labels round to ten.
        calories: (fat * 9 + (carbohydrate + protein) * 4 + 50) / 100 * 10,
        nutrients: [
            fat,
            saturated,
            0,
            cholesterol,
            sodium,
            carbohydrate,
            fiber,
            sugars,
            added,
            protein,
            vitamin_d,
            draw.between(0, 32) * 100,
            draw.between(0, 40),
            draw.between(2, 48) * 100,
        ],
    }
}

#[rustfmt::skip]
fn profile(nutrition: Nutrition) -> Profile {
    let row = |serving_size, fat, carbohydrate, protein, sodium, (sugars, fiber), animal| Profile {
        serving_size, fat, carbohydrate, protein, sodium, sugars, fiber, animal,
    };
    match nutrition {
        Nutrition::Bakery   => row("1 piece (57 g)",  (2, 14), (22, 36), (3, 7),   (150, 380), (20, 8), false),
        Nutrition::Beverage => row("8 fl oz (240 ml)", (0, 2), (0, 28),  (0, 4),   (5, 80),    (90, 1), false),
        Nutrition::Dairy    => row("1 oz (28 g)",      (5, 11), (0, 4),  (4, 8),   (60, 210),  (60, 0), true),
        Nutrition::Grain    => row("1/4 cup dry (45 g)", (0, 3), (30, 38), (3, 9), (0, 20),    (4, 12), false),
        Nutrition::Meat     => row("4 oz (112 g)",     (3, 22), (0, 2),  (18, 27), (55, 420),  (10, 0), true),
        Nutrition::Oil      => row("1 tbsp (14 g)",    (13, 14), (0, 0), (0, 0),   (0, 1),     (0, 0),  false),
        Nutrition::Prepared => row("1 cup (240 g)",    (4, 18), (14, 42), (5, 20), (320, 890), (15, 9), true),
        Nutrition::Produce  => row("3 oz (85 g)",      (0, 1), (3, 15),  (0, 3),   (0, 45),    (50, 25), false),
        Nutrition::Seafood  => row("4 oz (112 g)",     (1, 13), (0, 1),  (17, 25), (60, 380),  (0, 0),  true),
        Nutrition::Snack    => row("1 oz (28 g)",      (5, 13), (11, 19), (2, 7),  (70, 260),  (12, 12), false),
        Nutrition::Sweet    => row("1 oz (28 g)",      (0, 10), (16, 26), (0, 3),  (5, 70),    (75, 3), false),
    }
}
