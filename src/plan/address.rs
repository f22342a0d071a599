//! Addresses of resource instances: `module.ecr["a"].data.aws_iam_policy_document.this[0]`.

use std::fmt::Write as _;

/// The address of a resource instance or, where the keys are left out, of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Address {
    /// The module calls from the root inward.
    pub(super) modules: Vec<Step>,
    /// A data source?
    pub(super) data: bool,
    /// `aws_ecr_repository`
    pub(super) type_name: String,
    /// The block's name and the instance's key.
    pub(super) block: Step,
}

/// A name and the key of one instance of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Step {
    /// The name of a module call or of a resource block.
    pub(super) name: String,
    /// The key, where the call or block repeats.
    pub(super) key: Option<Key>,
}

/// The key of an instance.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) enum Key {
    /// Of `count`.
    Number(u64),
    /// Of `for_each`.
    Text(String),
    /// `*`: not known yet.
    Unknown,
}

impl Address {
    /// Reads an address, `None` if it is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut modules = Vec::new();
        while let Some(behind) = rest.strip_prefix("module.") {
            let (step, behind) = Step::parse(behind)?;
            modules.push(step);
            rest = behind.strip_prefix('.')?;
        }
        let (data, rest) =
            rest.strip_prefix("data.").map_or((false, rest), |behind| (true, behind));
        let (type_name, rest) = rest.split_once('.')?;
        let (block, rest) = Step::parse(rest)?;
        rest.is_empty().then(|| Self { modules, data, type_name: type_name.to_owned(), block })
    }

    /// The block's name in its module: `data.aws_iam_policy_document.this`.
    pub(super) fn block_name(&self) -> String {
        block_name(self.data, &self.type_name, &self.block.name)
    }
}

impl Step {
    /// Reads a name and a key, and answers what follows them.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let end = text.find(['.', '[']).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        if name.is_empty() {
            return None;
        }
        let (key, rest) = match rest.strip_prefix('[') {
            Some(behind) => Key::parse(behind).map(|(key, rest)| (Some(key), rest))?,
            None => (None, rest),
        };
        Some((Self { name: name.to_owned(), key }, rest))
    }
}

impl Key {
    /// Reads a key behind its `[`, and answers what follows its `]`.
    pub(super) fn parse(text: &str) -> Option<(Self, &str)> {
        if let Some(quoted) = text.strip_prefix('"') {
            let (key, rest) = unquote(quoted)?;
            return Some((Self::Text(key), rest.strip_prefix(']')?));
        }
        let (key, rest) = text.split_once(']')?;
        let key = if key == "*" { Self::Unknown } else { Self::Number(key.parse().ok()?) };
        Some((key, rest))
    }
}

/// The name by which a module refers to one of its own blocks.
pub(super) fn block_name(data: bool, type_name: &str, name: &str) -> String {
    format!("{}{type_name}.{name}", if data { "data." } else { "" })
}

/// The name of a module in the configuration, which knows no keys: `a.b`, empty for the root.
pub(super) fn module_name(modules: &[Step]) -> String {
    let mut name = String::new();
    for step in modules {
        // Writing to a string does not fail.
        let _ = write!(name, "{}{}", if name.is_empty() { "" } else { "." }, step.name);
    }
    name
}

/// Reads a quoted string of the Terraform language behind its opening quote, and answers what follows its end.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next()? {
            '"' => return Some((value, rest.as_str())),
            '\\' => value.push(match rest.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => hex(&mut rest, 4)?,
                'U' => hex(&mut rest, 8)?,
                other => other,
            }),
            sign @ ('$' | '%')
                if rest.as_str().starts_with([sign])
                    && rest.as_str().get(1..)?.starts_with('{') =>
            {
                rest.next();
                value.push(sign);
            }
            other => value.push(other),
        }
    }
}

fn hex(rest: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let (number, behind) = rest.as_str().split_at_checked(digits)?;
    *rest = behind.chars();
    char::from_u32(u32::from_str_radix(number, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::{Address, Key};

    #[test]
    fn odd_keys_are_read() {
        let address =
            Address::parse(r#"module.a["x.y[0]\"]"].module.b[3].data.t.n["$${é}\n%%{"]"#).unwrap();
        let keys: Vec<_> = address.modules.iter().map(|step| step.key.clone().unwrap()).collect();
        assert_eq!(keys, [Key::Text("x.y[0]\"]".to_owned()), Key::Number(3)]);
        assert!(address.data);
        assert_eq!(address.block.key, Some(Key::Text("${é}\n%{".to_owned())));
        assert_eq!(address.block_name(), "data.t.n");
        assert_eq!(super::module_name(&address.modules), "a.b");
        assert_eq!(Address::parse("t.n[*]").unwrap().block.key, Some(Key::Unknown));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "t",
            "t.",
            "module.a",
            "module.a.t",
            "t.n[",
            "t.n[\"",
            "t.n[\"a]",
            "t.n[x]",
            "t.n[0]x",
            "module.a[0]t.n",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
