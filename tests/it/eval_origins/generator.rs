//! Random modules with one policy, each leaf of which holds a word of its own: [`Generator`].

use std::fmt::Write as _;

/// A word in the ways in which it can be written.
#[derive(Clone, Default)]
struct Word {
    value: String,
    /// In a quoted string of HCL.
    quoted: String,
    /// In a JSON string inside a heredoc or a template.
    json: String,
    /// In a JSON string inside a quoted string of HCL.
    json_in_quotes: String,
    /// In a string of `.tf.json`, which is a template.
    template_in_json: String,
}

impl Word {
    /// `value`, escaped by HCL or by JSON; `template`: by both as templates have it.
    fn add(&mut self, value: &str, quoted: &str, json: &str) {
        self.value.push_str(value);
        self.quoted.push_str(quoted);
        self.json.push_str(json);
        let escape = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        self.json_in_quotes.push_str(&escape(json));
        self.template_in_json.push_str(json);
    }
}

/// What words end in: the value, in a quoted string, in JSON.
const ENDINGS: [(&str, &str, &str); 12] = [
    ("", "", ""),
    ("é", "é", "é"),
    ("é", "\\u00e9", "\\u00e9"),
    ("\"", "\\\"", "\\\""),
    ("\\", "\\\\", "\\\\"),
    ("${x}", "$${x}", "$${x}"),
    ("%{x}", "%%{x}", "%%{x}"),
    ("$%", "$%", "$%"),
    ("\n", "\\n", "\\n"),
    ("\t", "\\t", "\\t"),
    ("😀", "\\U0001F600", "\\ud83d\\ude00"),
    ("*", "*", "\\u002a"),
];

/// The files of a module as they come about, and what its words are.
pub(super) struct Generator {
    state: u64,
    locals: String,
    locals_in_json: Vec<String>,
    variables: String,
    values: String,
    child: String,
    template: String,
    /// Further blocks of the root module.
    blocks: String,
    /// The value of each word, and the bytes that it is written with.
    pub(super) words: Vec<(String, String)>,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            locals: String::new(),
            locals_in_json: Vec::new(),
            variables: String::new(),
            values: String::new(),
            child: String::new(),
            template: String::new(),
            blocks: String::new(),
            words: Vec::new(),
        }
    }

    fn pick(&mut self, count: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) % count
    }

    /// A word no other leaf has, as it is written with quotes by `form`.
    fn word(&mut self, form: impl Fn(&Word) -> String) -> String {
        let mut word = Word::default();
        let start = format!("word-{}-", self.words.len());
        word.add(&start, &start, &start);
        for _ in 0..self.pick(3) {
            let (value, quoted, json) = ENDINGS[self.pick(ENDINGS.len() as u64) as usize];
            word.add(value, quoted, json);
        }
        word.add(".", ".", ".");
        let written = form(&word);
        self.words.push((word.value, written.clone()));
        written
    }

    fn quoted(&mut self) -> String {
        self.word(|word| format!("\"{}\"", word.quoted))
    }

    /// An expression for a string that is written in one piece.
    fn leaf(&mut self) -> String {
        let number = self.words.len();
        if self.pick(9) == 0 {
            let word = self.word(|word| format!("\"{}\"", word.template_in_json));
            self.locals_in_json.push(format!("\"l{number}\": {word}"));
            return format!("local.l{number}");
        }
        let word = self.quoted();
        match self.pick(34) {
            0 | 1 => word,
            2 => {
                writeln!(self.locals, "  l{number} = {word}").unwrap();
                format!("local.l{number}")
            }
            3 => {
                writeln!(self.locals, "  l{number} = {{ a = [\"x\", {word}] }}").unwrap();
                format!("local.l{number}.a[1]")
            }
            4 => {
                writeln!(self.variables, "variable \"v{number}\" {{\n  default = {word}\n}}")
                    .unwrap();
                format!("var.v{number}")
            }
            5 => {
                writeln!(self.child, "output \"o{number}\" {{\n  value = {word}\n}}").unwrap();
                format!("module.child.o{number}")
            }
            6 => {
                writeln!(self.variables, "variable \"v{number}\" {{\n  type = string\n}}").unwrap();
                writeln!(self.values, "v{number} = {word}").unwrap();
                format!("var.v{number}")
            }
            7 => {
                writeln!(self.variables, "variable \"v{number}\" {{\n  type = object({{ a = optional(string, {word}) }})\n  default = {{}}\n}}")
                    .unwrap();
                format!("var.v{number}.a")
            }
            8 => {
                writeln!(
                    self.blocks,
                    "module \"m{number}\" {{\n  source = \"./through\"\n  in = {word}\n}}"
                )
                .unwrap();
                format!("module.m{number}.out")
            }
            9 => format!("\"${{{word}}}\""),
            10 => format!("\"${{~ {word} ~}}\""),
            11 => format!("[for v in [{word}] : v][0]"),
            12 => format!("{{ for k, v in {{ a = {word} }} : k => v }}.a"),
            13 => format!("(true ? {word} : \"other\")"),
            14 => format!("merge({{ a = \"x\" }}, {{ a = {word} }}).a"),
            15 => format!("concat([\"x\"], [{word}])[1]"),
            16 => format!("coalesce(null, {word})"),
            17 => format!("lookup({{ a = {word} }}, \"a\", \"x\")"),
            18 => format!("try(var.none.x, {word})"),
            19 => format!("flatten([[\"x\"], [[{word}]]])[1]"),
            20 => format!("jsondecode(jsonencode({{ a = {word} }})).a"),
            21 => format!("one(toset([{word}]))"),
            22 => format!("element([\"x\", {word}], 1)"),
            23 => format!("values({{ a = {word} }})[0]"),
            24 => format!("one(distinct([{word}, {word}]))"),
            25 => format!("reverse([{word}, \"x\"])[1]"),
            26 => format!("slice([\"x\", {word}], 1, 2)[0]"),
            27 => format!("zipmap([\"a\"], [{word}]).a"),
            28 => format!("coalescelist([], [{word}])[0]"),
            29 => format!("one([{{ a = {word} }}][*].a)"),
            30 => format!("one(setunion([{word}], []))"),
            31 => format!("chunklist([\"x\", {word}], 1)[1][0]"),
            32 => format!("one(setproduct([{word}], [\"x\"]))[0]"),
            _ => format!("sort([{word}])[0]"),
        }
    }

    /// An object in HCL.
    fn object(&mut self, depth: u64) -> String {
        let value = match self.pick(4) {
            0 if depth > 0 => self.object(depth - 1),
            1 => format!("[{}, {}]", self.leaf(), self.leaf()),
            _ => self.leaf(),
        };
        format!("{{ Sid = {}, Value = {value} }}", self.leaf())
    }

    /// An object in JSON inside a template; `quotes`: that stands in quotes itself. `line` is what a line begins with.
    fn json(&mut self, depth: u64, quotes: bool, line: &str) -> String {
        let sid = self.json_leaf(quotes);
        let inner = format!("{line}{}", " ".repeat(self.pick(4) as usize));
        let value = match self.pick(6) {
            0 if depth > 0 => self.json(depth - 1, quotes, &inner),
            1 => format!("${{jsonencode({})}}", self.object(1)),
            2 => format!("[{},{inner}{}]", self.json_leaf(quotes), self.json_leaf(quotes)),
            3 if !quotes => {
                let leaf = self.leaf();
                format!("%{{ for v in [{leaf}] ~}}{inner}  ${{jsonencode(v)}}{line}%{{~ endfor }}")
            }
            4 if !quotes => {
                let leaf = self.json_leaf(quotes);
                format!("%{{ if true }}{leaf}%{{ else }}\"no\"%{{ endif }}")
            }
            _ => self.json_leaf(quotes),
        };
        let quote = if quotes { "\\\"" } else { "\"" };
        format!("{{{line}{quote}Sid{quote}: {sid},{line}{quote}Value{quote}: {value}{line}}}")
    }

    fn json_leaf(&mut self, quotes: bool) -> String {
        match self.pick(2) {
            0 => format!("${{jsonencode({})}}", self.leaf()),
            _ if quotes => self.word(|word| format!("\\\"{}\\\"", word.json_in_quotes)),
            _ => self.word(|word| format!("\"{}\"", word.json)),
        }
    }

    /// A data source that makes a document; `more`: what else stands in it.
    fn document(&mut self, name: &str, more: &str) -> String {
        let (sid, who, value) = (self.leaf(), self.leaf(), self.leaf());
        let (action, other, each) = (self.leaf(), self.leaf(), self.leaf());
        write!(
            self.blocks,
            "data \"aws_iam_policy_document\" \"{name}\" {{\n{more}  statement {{\n    sid = {sid}\n    actions = [{action}]\n    \
             principals {{\n      type = \"AWS\"\n      identifiers = [{who}, {other}]\n    }}\n    \
             condition {{\n      test = \"StringLike\"\n      variable = \"aws:userid\"\n      values = [{value}]\n    }}\n  }}\n  \
             dynamic \"statement\" {{\n    for_each = [{each}]\n    content {{\n      actions = [statement.value]\n    }}\n  }}\n}}\n"
        )
        .unwrap();
        format!("data.aws_iam_policy_document.{name}.json")
    }

    /// What the policy is, and how often its block is repeated.
    fn policy(&mut self) -> String {
        match self.pick(12) {
            0 => format!("jsonencode({})", self.object(2)),
            1 => format!("<<EOT\n{}\nEOT\n", self.json(2, false, "\n")),
            2 => format!("<<-EOT\n      {}\n    EOT\n", self.json(2, false, "\n      ")),
            3 => format!("<<-EOT\n{}\n  EOT\n", self.json(2, false, "\n\t ")),
            4 => format!("\"{}\"", self.json(2, true, " ")),
            5 => {
                let object = self.object(2);
                writeln!(self.locals, "  document = jsonencode({object})").unwrap();
                "local.document".to_owned()
            }
            6 => {
                let json = self.word(|word| format!("\"{}\"", word.json));
                self.template = format!("{{ \"Sid\": {json},\n \"Value\": \"${{value}}\" }}");
                let leaf = self.word(|word| format!("\"{}\"", word.json_in_quotes));
                format!("templatefile(\"policy.tpl\", {{ value = {leaf} }})")
            }
            7 => {
                let sid = self.word(|word| format!("\\\"{}\\\"", word.json_in_quotes));
                format!("join(\"\\n\", [\"{{ \\\"Sid\\\":\", \"{sid}\", \"}}\"])")
            }
            8 => self.document("d", ""),
            9 => {
                let source = self.document("source", "");
                let (sid, action) = (self.json_leaf(false), self.json_leaf(false));
                let documents = format!(
                    "  source_policy_documents = [{source}]\n  override_policy_documents = [<<-EOT\n  {{ \"Statement\": [{{ \"Sid\": {sid}, \"Action\": {action} }}] }}\n  EOT\n]\n"
                );
                self.document("d", &documents)
            }
            10 => {
                writeln!(self.child, "variable \"p\" {{\n  type = any\n}}\noutput \"p\" {{\n  value = jsonencode(var.p)\n}}").unwrap();
                let object = self.object(2);
                writeln!(
                    self.blocks,
                    "module \"given\" {{\n  source = \"./child\"\n  p = {object}\n}}"
                )
                .unwrap();
                "module.given.p".to_owned()
            }
            _ => {
                let object = self.object(2);
                writeln!(self.locals, "  each = {{ a = {object} }}").unwrap();
                "jsonencode(each.value)\n  for_each = local.each".to_owned()
            }
        }
    }

    /// The files of the module.
    pub(super) fn files(&mut self) -> Vec<(&'static str, String)> {
        let policy = self.policy();
        let child_variable =
            if self.child.contains("variable") { "" } else { "variable \"p\" {}\n" };
        let main = format!(
            "variable \"none\" {{\n  default = {{}}\n}}\nmodule \"child\" {{\n  source = \"./child\"\n  p = null\n}}\nlocals {{\n{}}}\n{}{}\
             resource \"aws_ecr_repository_policy\" \"p\" {{\n  repository = \"r\"\n  policy = {policy}\n}}\n",
            self.locals, self.variables, self.blocks
        );
        let main = if self.pick(4) == 0 { main.replace('\n', "\r\n") } else { main };
        let json = format!("{{\"locals\": {{{}}}}}", self.locals_in_json.join(", "));
        let through = "variable \"in\" {}\noutput \"out\" {\n  value = var.in\n}\n".to_owned();
        vec![
            ("main.tf", main),
            ("more.tf.json", json),
            ("terraform.tfvars", self.values.clone()),
            ("child/main.tf", format!("{child_variable}{}", self.child)),
            ("through/main.tf", through),
            ("policy.tpl", self.template.clone()),
        ]
    }
}
