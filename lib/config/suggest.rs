//! The known keys nearest to one that is not known.

use super::keys::KEYS;

/// Up to three known keys that were probably meant, the nearest only; more than one if they are equally near.
/// A key in the wrong section counts as one mistake.
pub fn nearest(unknown: &str) -> Vec<String> {
    let last = last_part(unknown);
    let limit = match last.chars().count() {
        0..4 => 1,
        4..8 => 2,
        _ => 3,
    };
    let paths = KEYS.iter().flat_map(|k| k.aliases.iter().chain([&k.path])).filter(|p| !p.is_empty());
    let costed = paths.map(|path| {
        let path = named(path, unknown);
        (distance(unknown, &path).min(distance(last, last_part(&path)) + 1), path)
    });
    let mut near: Vec<(usize, String)> = costed.filter(|(cost, _)| *cost <= limit).collect();
    near.sort();
    let best = near.first().map_or(0, |n| n.0);
    near.into_iter().take_while(|n| n.0 == best).take(3).map(|n| n.1).collect()
}

fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// A pattern with the name that the unknown key has in its place.
fn named(pattern: &str, unknown: &str) -> String {
    let name = unknown.split('.').nth(1).unwrap_or("<name>");
    pattern.replace("<name>", name)
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typos_and_wrong_sections_find_their_key() {
        for (unknown, meant) in [
            ("primray_branch", "primary_branch"),
            ("limit.sessions", "limits.sessions"),
            ("sessions", "limits.sessions"),
            ("people.maria.matrx", "people.maria.matrix"),
            ("verify.slot", "verify.slots"),
            ("mirror", "mirrors"),
        ] {
            assert_eq!(nearest(unknown), [meant], "{unknown}");
        }
        assert_eq!(nearest("timeout"), ["agent.timeout", "ci.timeout", "verify.timeout"]);
        assert_eq!(nearest("colour"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn distance_is_a_distance(a in "[a-c]{0,6}", b in "[a-c]{0,6}") {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &b) <= a.len().max(b.len()));
        }
    }
}
