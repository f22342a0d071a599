//! The rule that this project began with: the tags of a repository must be immutable, in YAML and in JSON.

use std::fs;

use crate::support::{Folder, testdata};

#[test]
fn a_mutable_tag_is_found_at_its_value_and_an_unset_one_at_the_logical_id() {
    let mut folder = Folder::new();
    let mut texts = Vec::new();
    for name in ["compliant.yaml", "compliant.json", "violating.yaml", "violating.json"] {
        let path = testdata("cloudformation/tag-mutability").join(name);
        let text = fs::read_to_string(path).unwrap();
        folder = folder.with(name, &text);
        texts.push((name, text));
    }
    let outcome = folder.run(&["check", "--format", "json"]);
    let report = outcome.json();
    let found: Vec<String> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let place = &finding["location"];
            let path = place["path"].as_str().unwrap();
            let text = &texts.iter().find(|(name, _)| *name == path).unwrap().1;
            let offset =
                |end: &str| usize::try_from(place[end]["offset"].as_u64().unwrap()).unwrap();
            let written = &text[offset("start")..offset("end")];
            format!("{path} {} {written}", finding["check"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            "violating.json mutable-tags \"MUTABLE\"",
            "violating.json mutable-tags \"Unset\"",
            "violating.yaml mutable-tags \"MUTABLE\"",
            "violating.yaml mutable-tags Unset",
        ]
    );
    assert_eq!(outcome.status, 1);
}
