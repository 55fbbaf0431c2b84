//! When a listing is complete. Servers shorten pages, ignore the page's number, show a row twice or move rows
//! while we read: nothing but what is seen is believed.

use super::Response;
use std::collections::HashSet;

/// Rows asked for at once: what the servers give at most.
pub const LIMIT: usize = 50;
/// Pages of a listing that we read at most.
const MOST: usize = 1000;

/// What a page tells of the listing that it is part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// How many rows there are in all, where the server says so.
    pub total: Option<usize>,
    /// Whether there is a next page, where the server says so.
    pub next: Option<bool>,
}

/// What the headers of a page tell.
pub fn told(page: &Response) -> Told {
    Told {
        total: page.header("x-total-count").and_then(|n| n.trim().parse().ok()),
        next: page.header("link").map(|link| link.contains("rel=\"next\"")),
    }
}

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next one is to be read.
    Read,
    /// That was all.
    Complete,
    /// The listing cannot be trusted, and why.
    Broken(String),
}

/// A listing as it is read.
#[derive(Default)]
pub struct Pages {
    seen: HashSet<String>,
    read: usize,
}

impl Pages {
    /// Takes a page's rows by their ids; says which of them are new, and what to do next.
    pub fn take(&mut self, ids: &[String], told: Told) -> (Vec<bool>, Next) {
        let fresh: Vec<bool> = ids.iter().map(|id| self.seen.insert(id.clone())).collect();
        self.read += 1;
        let next = self.next(fresh.contains(&true), told);
        (fresh, next)
    }

    fn next(&self, some_new: bool, told: Told) -> Next {
        let short = told.total.filter(|total| self.seen.len() < *total);
        if self.read >= MOST {
            return Next::Broken(format!("the listing did not end after {MOST} pages"));
        }
        match (some_new, told.next, short) {
            // A server that ignores the page's number shows the same rows for ever: then the first page was all.
            (false, _, None) | (true, Some(false), None) => Next::Complete,
            (_, Some(false), Some(total)) | (false, _, Some(total)) => Next::Broken(format!(
                "the listing has {total} rows and showed {}: it changed while it was read",
                self.seen.len()
            )),
            (true, Some(true), _) => Next::Read,
            (true, None, None) if told.total.is_some() => Next::Complete,
            (true, None, _) => Next::Read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads pages until the end, as the client does.
    fn read(pages: &[(&[u32], Option<usize>, Option<bool>)]) -> (Vec<u32>, Next) {
        let (mut state, mut rows) = (Pages::default(), Vec::new());
        for (ids, total, next) in pages {
            let names: Vec<String> = ids.iter().map(u32::to_string).collect();
            let (fresh, then) = state.take(&names, Told { total: *total, next: *next });
            rows.extend(ids.iter().zip(fresh).filter(|(_, new)| *new).map(|(id, _)| *id));
            if then != Next::Read {
                return (rows, then);
            }
        }
        (rows, Next::Read)
    }

    #[test]
    fn a_listing_ends_where_the_server_says_so() {
        assert_eq!(
            read(&[(&[1, 2], None, Some(true)), (&[3], None, Some(false))]),
            (vec![1, 2, 3], Next::Complete)
        );
        assert_eq!(read(&[(&[1, 2], Some(3), None), (&[3], Some(3), None)]), (vec![1, 2, 3], Next::Complete));
        assert_eq!(read(&[(&[], Some(0), None)]), (vec![], Next::Complete));
    }

    #[test]
    fn without_a_word_from_the_server_it_ends_with_a_page_that_has_nothing_new() {
        assert_eq!(read(&[(&[1, 2], None, None), (&[], None, None)]), (vec![1, 2], Next::Complete));
        assert_eq!(
            read(&[(&[1], None, None), (&[2], None, None), (&[], None, None)]),
            (vec![1, 2], Next::Complete)
        );
    }

    #[test]
    fn a_server_that_ignores_the_page_is_read_once() {
        assert_eq!(read(&[(&[1, 2], None, None), (&[1, 2], None, None)]), (vec![1, 2], Next::Complete));
        assert_eq!(
            read(&[(&[1, 2], Some(2), Some(true)), (&[1, 2], Some(2), Some(true))]),
            (vec![1, 2], Next::Complete)
        );
    }

    #[test]
    fn a_row_that_comes_twice_counts_once() {
        let pages: &[(&[u32], _, _)] = &[(&[1, 2], Some(3), Some(true)), (&[2, 3], Some(3), Some(false))];
        assert_eq!(read(pages), (vec![1, 2, 3], Next::Complete));
    }

    #[test]
    fn rows_that_the_server_counts_and_does_not_show_are_an_error() {
        for pages in [
            &[(&[1, 2][..], Some(4), Some(true)), (&[3][..], Some(4), Some(false))][..],
            &[(&[1, 2], Some(4), None), (&[1, 2], Some(4), None)],
            &[(&[], Some(1), None)],
        ] {
            assert!(matches!(read(pages).1, Next::Broken(_)), "{pages:?}");
        }
    }

    #[test]
    fn a_listing_without_end_is_left() {
        let mut state = Pages::default();
        let told = Told { total: None, next: Some(true) };
        let last = (0..2000).map(|n| state.take(&[n.to_string()], told).1).find(|next| *next != Next::Read);
        assert!(matches!(last, Some(Next::Broken(_))));
    }

    #[test]
    fn headers_are_read_as_the_servers_write_them() {
        let page = |name: &str, value: &str| {
            told(&Response { headers: vec![(name.into(), value.into())], ..Response::default() })
        };
        assert_eq!(page("x-total-count", "12").total, Some(12));
        assert_eq!(page("x-total-count", "many").total, None);
        assert_eq!(
            page("link", "<http://h/x?page=2>; rel=\"next\",<http://h/x?page=9>; rel=\"last\"").next,
            Some(true)
        );
        assert_eq!(page("link", "<http://h/x?page=1>; rel=\"first\"").next, Some(false));
        assert_eq!(page("date", "x"), Told::default());
    }
}
