//! Modules that are wrong, endless or too large: a message at the place, and the rest is still evaluated.

use std::fmt::Write as _;

use super::{evaluate, field, problems};
use serde_json::json;

const REPOSITORY: &str =
    "resource \"aws_ecr_repository\" \"app\" {\n  name = \"app\"\n  image_tag_mutability = ";

/// The tag setting of the only repository, and what is told.
fn tags(files: &[(&str, &str)]) -> (serde_json::Value, Vec<String>) {
    let (unit, sources) = evaluate(files);
    (field(&unit.model.repositories[0].tag_mutability), problems(&unit, &sources))
}

#[test]
fn a_long_chain_of_locals_needs_no_deep_stack() {
    let mut main = format!("{REPOSITORY}local.l3999\n}}\nlocals {{\n  l0 = \"IMMUTABLE\"\n");
    for index in 1..4000 {
        writeln!(main, "  l{index} = local.l{}", index - 1).unwrap();
    }
    main.push('}');
    assert_eq!(tags(&[("main.tf", &main)]), (json!("IMMUTABLE"), vec![]));
}

#[test]
fn a_long_chain_of_resources_is_given_up() {
    let mut main = format!("{REPOSITORY}test_thing.t2999.value\n}}\n");
    main.push_str("resource \"test_thing\" \"t0\" {\n  value = \"IMMUTABLE\"\n}\n");
    for index in 1..3000 {
        let before = index - 1;
        writeln!(
            main,
            "resource \"test_thing\" \"t{index}\" {{\n  value = test_thing.t{before}.value\n}}"
        )
        .unwrap();
    }
    let (tags, told) = tags(&[("main.tf", &main)]);
    assert_eq!(tags, json!({"unknown": true}));
    assert!(told[0].contains("deep"), "{told:?}");
}

#[test]
fn cycles_are_named() {
    let main = format!(
        "{REPOSITORY}local.a\n}}\nlocals {{\n  a = module.m.out\n}}\nmodule \"m\" {{\n  source = \"./m\"\n  in = local.a\n}}\n"
    );
    let child = "variable \"in\" {}\noutput \"out\" {\n  value = var.in\n}\n";
    let (_, told) = tags(&[("main.tf", &main), ("m/main.tf", child)]);
    assert_eq!(
        told,
        [
            "evaluation main.tf:6: `local.a` refers to itself: local.a → module.m.output.out → module.m.var.in → local.a"
        ]
    );
}

#[test]
fn attributes_that_refer_to_each_other_are_named() {
    let main = format!(
        "{REPOSITORY}test_thing.a.value\n}}\nresource \"test_thing\" \"a\" {{\n  value = module.m.out\n}}\n\
         module \"m\" {{\n  source = \"./m\"\n  in = test_thing.a.value\n}}\n"
    );
    let child = "variable \"in\" {}\nresource \"test_thing\" \"b\" {\n  value = var.in\n}\n\
                 output \"out\" {\n  value = test_thing.b.value\n}\n";
    let (_, told) = tags(&[("main.tf", &main), ("m/main.tf", child)]);
    assert_eq!(
        told,
        [
            "evaluation main.tf:6: `test_thing.a.value` refers to itself: test_thing.a.value → module.m.output.out → \
             module.m.test_thing.b.value → module.m.var.in → test_thing.a.value"
        ]
    );
}

#[test]
fn a_module_that_calls_itself_is_evaluated_once() {
    let main =
        format!("{REPOSITORY}\"IMMUTABLE\"\n}}\nmodule \"again\" {{\n  source = \"./\"\n}}\n");
    assert_eq!(
        tags(&[("main.tf", &main)]),
        (
            json!("IMMUTABLE"),
            vec!["evaluation main.tf:6: module `again` calls itself: `.`".to_owned()]
        )
    );
}

#[test]
fn modules_that_multiply_are_bounded() {
    let mut files = Vec::new();
    for level in 0..30 {
        let call =
            |name: &str| format!("module \"{name}\" {{\n  source = \"../m{}\"\n}}\n", level + 1);
        let text =
            if level < 29 { call("a") + &call("b") } else { format!("{REPOSITORY}null\n}}\n") };
        files.push((format!("m{level}/main.tf"), text));
    }
    files.push(("main.tf".to_owned(), "module \"m\" {\n  source = \"./m0\"\n}\n".to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
    let (unit, sources) = evaluate(&files);
    assert!(unit.model.repositories.len() < 10_000);
    let told = problems(&unit, &sources);
    assert!(told.iter().any(|told| told.contains("more than 10000 module instances")), "{told:?}");
}

#[test]
fn too_many_instances_are_refused() {
    let (unit, sources) = evaluate(&[(
        "main.tf",
        "resource \"aws_ecr_repository\" \"app\" {\n  count = 1000000000\n  name = \"app\"\n}\n",
    )]);
    assert!(unit.model.repositories.is_empty());
    assert_eq!(
        problems(&unit, &sources),
        ["evaluation main.tf:2: `count` makes more than 20000 instances"]
    );
}

#[test]
fn what_is_not_declared_is_unknown() {
    let main = format!("{REPOSITORY}var.gone\n}}\nlocals {{\n  unused = var.other\n}}\n");
    assert_eq!(
        tags(&[("main.tf", &main)]),
        (
            json!({"unknown": true}),
            vec!["evaluation main.tf:3: there is no variable `gone` in this module".to_owned()]
        )
    );
}

#[test]
fn arguments_that_a_module_has_no_variable_for_are_told() {
    let call =
        "module \"m\" {\n  source = \"./m\"\n  count = 2\n  providers = {}\n  depends_on = []\n";
    let main = call.to_owned() + "  tags = \"IMMUTABLE\"\n  tag = \"IMMUTABLE\"\n}\n";
    let callee = format!("variable \"tags\" {{}}\n{REPOSITORY}var.tags\n}}\n");
    let (unit, sources) = evaluate(&[("main.tf", &main), ("m/main.tf", &callee)]);
    assert_eq!(unit.model.repositories.len(), 2);
    assert_eq!(problems(&unit, &sources), ["note main.tf:7: module `m` has no variable `tag`"]);
}

#[test]
fn a_value_of_the_wrong_type_is_told_where_it_stands() {
    let main = format!("{REPOSITORY}var.tags\n}}\nvariable \"tags\" {{\n  type = string\n}}\n");
    let (tags, told) = tags(&[("main.tf", &main), ("terraform.tfvars", "tags = [1]\n")]);
    assert_eq!(tags, json!({"unknown": true}));
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("evaluation terraform.tfvars:1: "), "{told:?}");
}

#[test]
fn what_may_not_exist_is_judged_as_if_it_did() {
    let main = "variable \"on\" {}\nresource \"aws_ecr_repository\" \"app\" {\n  count = var.on ? 1 : 0\n  name = \"app\"\n}\n\
        resource \"aws_ecr_repository\" \"all\" {\n  for_each = var.on\n  name = each.key\n}\n";
    let (unit, sources) = evaluate(&[("main.tf", main)]);
    let addresses: Vec<&str> =
        unit.model.repositories.iter().map(|it| &*it.place.address).collect();
    assert_eq!(addresses, ["aws_ecr_repository.all[*]", "aws_ecr_repository.app[0]"]);
    let told = problems(&unit, &sources);
    assert!(told.iter().all(|told| told.contains("it is not known whether")), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[test]
fn null_for_a_variable_that_must_have_a_value_is_told() {
    let module =
        format!("variable \"tags\" {{\n  nullable = false\n}}\n{REPOSITORY}var.tags\n}}\n");
    let files = [
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n  tags = null\n}\n"),
        ("m/main.tf", &*module),
    ];
    let message = "evaluation main.tf:3: variable `tags` must not be null, and has no default";
    assert_eq!(tags(&files), (json!({"unknown": true}), vec![message.to_owned()]));
    let module = module.replace("nullable = false", "nullable = false\n  default = \"MUTABLE\"");
    let files = [files[0], ("m/main.tf", &*module)];
    assert_eq!(tags(&files), (json!("MUTABLE"), vec![]));
}
