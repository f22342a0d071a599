//! The HCL parser against Terraform's verdicts, its own promises about spans, and broken text.

use std::fs;

use ecrlint::syntax::hcl;

use crate::support::testdata;

/// `testdata/syntax/verdicts.tsv`: file, verdict of `terraform fmt` 1.11.4, its message.
#[test]
fn terraforms_verdicts() {
    let table = fs::read_to_string(testdata("syntax/verdicts.tsv")).unwrap();
    let mut wrong = Vec::new();
    for line in table.lines() {
        let mut fields = line.split('\t');
        let (file, verdict) = (fields.next().unwrap(), fields.next().unwrap());
        let text = fs::read(testdata("syntax/verdicts").join(file)).unwrap();
        let accepted = hcl::parse(&text).errors.is_empty();
        if accepted != (verdict == "accept") {
            wrong.push(line);
        }
    }
    assert_eq!(wrong, Vec::<&str>::new());
    assert!(table.lines().count() >= 107);
}
