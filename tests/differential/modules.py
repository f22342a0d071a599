#!/usr/bin/env python3
"""Compares `ecrlint inspect` with Terraform on generated module trees (stdlib only).

    modules.py --bin target/debug/ecrlint --plan PROGRAM [--count 200] [--seed 1] [--keep DIRECTORY]

PROGRAM DIRECTORY [options of terraform plan] makes Terraform plan a directory and prints `terraform show -json` of the
plan. Each tree has variables with types, defaults and values from files, options and the environment, locals, override
files, JSON syntax, modules with `count` and `for_each`, repositories and policies. All repositories and policies of the
plan must be told with the same values, and no others. --keep leaves the trees that differ there.
"""
import argparse, collections, concurrent.futures, json, os, random, shutil, subprocess, sys, tempfile

TAGS = ("MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION")
WORDS = ("app", "web", "db", "a-b", "x.y", "prod", "dev", "7", "true", "é", "")
CONSTRAINT = {
    "tag": "string", "string": "string", "bool": "bool", "number": "number", "list": "list(string)", "map": "map(string)",
    "object": "object({ tag = optional(string, \"IMMUTABLE\"), keep = optional(bool, true), names = optional(list(string), []) })",
    "set": "set(string)", "pair": "tuple([string, bool])", "deep": "object({ repos = optional(list(object({ name = string, tag = optional(string, \"MUTABLE\"), more = optional(map(list(string)), {}) })), []), on = optional(any) })",
    "objects": "map(object({ tag = optional(string), keep = optional(bool, false), n = optional(number, 1) }))",
}


class Tree:
    """A root module, the modules that it calls, and the ways in which its variables get values."""

    def __init__(self, seed):
        self.random, self.files, self.args, self.env, self.modules = random.Random(seed), {}, [], {}, 0
        self.module("", 0)

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    # Literals, as JSON values.

    def literal(self, kind, whole=False):
        """`whole`: with all attributes, for where no type adds the others."""
        some = lambda most: range(self.random.randrange(most + 1))
        if kind == "tag":
            return self.pick(*TAGS)
        if kind == "string":
            return self.pick(*WORDS)
        if kind == "bool":
            return self.chance(60)
        if kind == "number":
            return self.pick(0, 1, 2, 3)
        if kind in ("list", "set"):
            return [self.literal("string") for _ in some(3)]
        if kind == "pair":
            return [self.literal("string"), self.literal("bool")]
        if kind == "deep":
            repos = [{key: value for key, value in (("name", self.literal("string")), ("tag", self.literal("tag")), ("more", {"a": self.literal("list")})) if whole or key == "name" or self.chance(50)} for _ in some(2)]
            return {"repos": repos, "on": self.pick(True, "x", ["a"])} if whole or self.chance(70) else {}
        if kind == "map":
            return {self.pick("a", "b", "web", "a-b"): self.literal("tag") for _ in some(3)}
        if kind == "object":
            return {key: value for key, value in (("tag", self.literal("tag")), ("keep", self.literal("bool")), ("names", self.literal("list"))) if whole or self.chance(60)}
        return {self.pick("a", "b", "web"): {key: value for key, value in (("tag", self.literal("tag")), ("keep", self.literal("bool")), ("n", self.literal("number"))) if whole or self.chance(60)} for _ in some(2)}

    def loosely(self, value):
        """A value that Terraform converts to this one."""
        if isinstance(value, bool):
            return self.pick(value, value, "true" if value else "false")
        if isinstance(value, int):
            return self.pick(value, value, str(value))
        if isinstance(value, list):
            return [self.loosely(item) for item in value]
        if isinstance(value, dict):
            return {key: self.loosely(item) for key, item in value.items()}
        return value

    # Expressions. `scope` is a list of (type, expression).

    def expr(self, kind, scope, depth=2):
        known = [text for ty, text in scope if ty == kind]
        if known and self.chance(45 if depth else 70):
            return self.pick(*known)
        if depth <= 0 or self.chance(15):
            return hcl(self.literal(kind, whole=True))
        e = lambda kind: self.expr(kind, scope, depth - 1)
        choices = [
            lambda: f"({e('bool')} ? {e(kind)} : {e(kind)})",
            lambda: f"try({e(kind)}, {e(kind)})",
        ]
        if kind == "tag":
            choices += [
                lambda: f"try({e('deep')}.repos[{self.pick(0, 1)}].tag, {e('tag')})",
                lambda: f"one(slice(concat([for r in {e('deep')}.repos : r.tag if r.name != \"\"], [{e('tag')}]), 0, 1))",
                lambda: f'({e("pair")}[1] ? "IMMUTABLE" : "MUTABLE")',
                lambda: f'(terraform.workspace == "default" ? {e("tag")} : "MUTABLE")',
                lambda: f"upper(lower({e('tag')}))",
                lambda: f'"${{{e("tag")}}}"',
                lambda: f"coalesce({self.pick('null', e('tag'))}, {e('tag')})",
                lambda: f"lookup({e('map')}, {hcl(self.pick('a', 'b', 'web'))}, {e('tag')})",
                lambda: f"coalesce({e('object')}.tag, {e('tag')})",
                lambda: f"try(coalesce({e('objects')}[{hcl(self.pick('a', 'b', 'web'))}].tag), {e('tag')})",
                lambda: f'element(["IMMUTABLE", "MUTABLE"], {e("number")})',
                lambda: 'join("_", ' + hcl(self.pick("MUTABLE", "IMMUTABLE_WITH_EXCLUSION").split("_")) + ")",
                lambda: f'({e("bool")} ? "IMMUTABLE" : "MUTABLE")',
                lambda: f'{{ true = {e("tag")}, false = {e("tag")} }}[{e("bool")}]',
            ]
        if kind == "string":
            choices += [
                lambda: f"{e('pair')}[0]",
                lambda: f'try(one({e("set")}), "many")',
                lambda: self.pick("basename(path.module)", "terraform.workspace", "path.module"),
                lambda: f'join("", [for r in {e("deep")}.repos : "${{r.name}}!"])',
                lambda: f'"%{{ for s in {e("list")} }}${{s}}%{{ endfor }}"',
                lambda: f'replace({e("string")}, "/[a-d]/", "_")',
                lambda: f'yamldecode(yamlencode({{ x = {e("string")} }})).x',
                lambda: f'try({e("object")}.none, {e("string")})',
                lambda: f'title({e("string")})',
                lambda: f'"{self.pick("x-", "")}${{{e("string")}}}-${{{e("number")}}}"',
                lambda: f'join("-", {e("list")})',
                lambda: f'"%{{ if {e("bool")} }}${{{e("string")}}}%{{ else }}none%{{ endif }}"',
                lambda: f'format("%s-%02d", {e("string")}, {e("number")})',
                lambda: f'try({e("list")}[{e("number")}], {e("string")})',
                lambda: f'trimprefix({e("string")}, "a")',
                lambda: f"tostring({e(self.pick('bool', 'number'))})",
                lambda: f"jsonencode({e(self.pick('list', 'map', 'object'))})",
            ]
        if kind == "bool":
            choices += [
                lambda: f"{e('pair')}[1]",
                lambda: f"can({e('deep')}.on[0])",
                lambda: f"contains({e('set')}, {e('string')})",
                lambda: f"({e('object')} == {e('object')})",
                lambda: f"({e('list')} == {e('list')})",
                lambda: f"!{e('bool')}",
                lambda: f"({e('number')} {self.pick('>', '<=', '==', '!=')} {e('number')})",
                lambda: f"({e('bool')} {self.pick('&&', '||')} {e('bool')})",
                lambda: f"contains({e('list')}, {e('string')})",
                lambda: f"({e('string')} {self.pick('==', '!=')} {e('string')})",
                lambda: f"can(regex(\"^[a-d]\", {e('string')}))",
                lambda: f"{e('object')}.keep",
                lambda: f"anytrue([for o in {e('objects')} : o.keep])",
            ]
        if kind == "number":
            choices += [
                lambda: f"length({e(self.pick('list', 'map', 'objects'))})",
                lambda: f"min({e('number')}, {e('number')})",
                lambda: f"({e('bool')} ? 1 : 0)",
                lambda: f"sum(concat([0], [for o in {e('objects')} : o.n]))",
            ]
        if kind == "set":
            choices += [
                lambda: f"toset({e('list')})",
                lambda: f"setunion({e('set')}, {e('set')})",
                lambda: f"setsubtract({e('set')}, {e('set')})",
            ]
        if kind == "pair":
            choices = [lambda: f"[{e('string')}, {e('bool')}]"]
        if kind == "deep":
            choices = [lambda: f'{{ repos = [{{ name = {e("string")}, tag = {e("tag")}, more = {{ a = {e("list")} }} }}], on = {e("list")} }}']
        if kind == "list":
            choices += [
                lambda: f"tolist({e('set')})",
                lambda: f"[for s in {e('set')} : s]",
                lambda: f"{e('deep')}.repos[*].name",
                lambda: f"flatten([for r in {e('deep')}.repos : values(r.more)])",
                lambda: f"[for p in setproduct({e('set')}, [\"x\", \"y\"]) : join(\":\", p)]",
                lambda: f"reverse({e('list')})",
                lambda: f"[{e('string')}, {e('string')}]",
                lambda: f"concat({e('list')}, {e('list')})",
                lambda: f'[for k, v in {e("map")} : "${{k}}-${{v}}"]',
                lambda: f'[for k, v in {e("map")} : v if k != "b"]',
                lambda: f"[for i, s in {e('list')} : upper(s) if i < 2]",
                lambda: f"compact({e('list')})",
                lambda: f'try({{ for s in {e("list")} : substr("${{s}}-", 0, 1) => s... }}["a"], {e("list")})',
                lambda: f"keys({e(self.pick('map', 'objects'))})",
                lambda: f"{e('object')}.names",
                lambda: f"distinct(flatten([{e('list')}, {e('string')}, [{e('list')}]]))",
                lambda: f"sort({e('list')})",
                lambda: f'split("-", {e("string")})',
                lambda: f"slice([\"p\", \"q\", \"r\"], 0, min(3, {e('number')}))",
            ]
        if kind == "map":
            choices += [
                lambda: f"merge({e('map')}, {e('map')})",
                lambda: f'{{ for k, v in {e("map")} : "${{k}}x" => v }}',
                lambda: f"{{ for s in toset({e('list')}) : s => {e('tag')} }}",
                lambda: f'{{ ("a") = {e("tag")}, b = {e("tag")} }}',
                lambda: f"{{ for k, o in {e('objects')} : k => coalesce(o.tag, \"MUTABLE\") }}",
                lambda: f"zipmap([\"a\", \"b\"], [{e('tag')}, {e('tag')}])",
            ]
        if kind == "object":
            choices = [lambda: f"{{ tag = {e('tag')}, keep = {e('bool')}, names = {e('list')} }}"]
        if kind == "objects":
            choices = [
                lambda: f"{{ for k, v in {e('map')} : k => {{ tag = v, keep = {e('bool')}, n = {e('number')} }} }}",
                lambda: f"{{ a = {{ tag = {e('tag')}, keep = {e('bool')}, n = 1 }} }}",
            ]
        return self.pick(*choices)()

    # Modules.

    def module(self, path, depth):
        """Writes a module; returns its variables and outputs as [(name, type, has a default, says its type)] and [(name, type)]."""
        scope, lines, override, as_json = [], [], [], {}
        variables, outputs = [], []
        for index in range(self.random.randrange(2, 7)):
            kind, name = self.pick("tag", "tag", "string", "bool", "number", "list", "map", "object", "objects", "set", "pair", "deep"), f"v{index}"
            body, default = {}, self.chance(70)
            if self.chance(85) or kind in ("object", "objects", "list", "map", "set", "pair", "deep"):
                body["type"] = CONSTRAINT[kind]
            if default:
                body["default"] = self.loosely(self.literal(kind)) if "type" in body else self.literal(kind)
            if self.chance(15):
                body["nullable"] = False
            variables.append((name, kind, default, "type" in body))
            if self.chance(15):
                as_json[name] = body
            else:
                lines.append(f"variable \"{name}\" {{\n" + "".join(f"  {key} = {value if key == 'type' else hcl(value)}\n" for key, value in body.items()) + "}\n")
            if default and self.chance(10):
                override.append(f"variable \"{name}\" {{\n  default = {hcl(self.literal(kind))}\n}}\n")
            scope.append((kind, f"var.{name}"))
        local_lines = []
        for index in range(self.random.randrange(1, 6)):
            kind = self.pick("tag", "string", "bool", "number", "list", "map", "object", "objects", "set", "deep")
            local_lines.append(f"  l{index} = {self.expr(kind, scope)}\n")
            scope.append((kind, f"local.l{index}"))
            if self.chance(4):
                override.append(f"locals {{\n  l{index} = {hcl(self.literal(kind, whole=True))}\n}}\n")
        self.random.shuffle(local_lines)
        lines.append("locals {\n" + "".join(local_lines) + "}\n")
        if self.chance(25):
            lines.append('resource "terraform_data" "u" {\n  input = "later"\n}\n')
            scope.append(("tag" if self.chance(30) else "string", "terraform_data.u.output"))
        if depth < 2:
            for index in range(self.pick(0, 1, 1, 2) if depth else self.pick(1, 1, 2, 3)):
                self.call(path, depth, f"m{index}", scope, lines, override)
        for index in range(self.pick(1, 1, 2, 3)):
            self.repository(path, f"r{index}", scope, lines, override)
        for index in range(self.random.randrange(0, 4)):
            kind = self.pick("tag", "string", "bool", "list", "map", "object", "deep")
            lines.append(f"output \"o{index}\" {{\n  value = {self.expr(kind, scope)}\n}}\n")
            outputs.append((f"o{index}", kind))
        self.random.shuffle(lines)
        cut = self.random.randrange(len(lines) + 1)
        self.files[f"{path}main.tf"], self.files[f"{path}other.tf"] = "".join(lines[:cut]), "".join(lines[cut:])
        if override:
            self.files[f"{path}{self.pick('override.tf', 'z_override.tf')}"] = "".join(override)
        if as_json:
            self.files[f"{path}vars.tf.json"] = json.dumps({"variable": as_json}, ensure_ascii=False, indent=2)
        if not path:
            self.values(variables)
        return variables, outputs

    def values(self, variables):
        """Gives the root's variables values in one or more of the ways that there are."""
        by_file = collections.defaultdict(dict)
        for name, kind, default, typed in variables:
            ways = self.pick(0, 0, 1, 2) if default else self.pick(1, 1, 2)
            for way in self.random.sample(("terraform.tfvars", "terraform.tfvars.json", "a.auto.tfvars", "b.auto.tfvars.json", "env/x.tfvars", "env/y.tfvars.json", "-var", "TF_VAR"), ways):
                value = self.literal(kind)
                if way == "-var":
                    self.args.append(f"-var={name}={value if isinstance(value, str) else hcl(value)}")
                elif way == "TF_VAR":
                    self.env[f"TF_VAR_{name}"] = value if isinstance(value, str) else hcl(value)
                else:
                    by_file[way][name] = self.loosely(value) if typed else value
        for path, values in by_file.items():
            self.files[path] = json.dumps(values, ensure_ascii=False) if path.endswith(".json") else "".join(f"{name} = {hcl(value)}\n" for name, value in values.items())
            if path.startswith("env/"):
                self.args.append(f"-var-file={path}")
        self.random.shuffle(self.args)

    def call(self, path, depth, name, scope, lines, override):
        self.modules += 1
        directory = f"modules/{self.modules}/"
        variables, outputs = self.module(path + directory, depth + 1)
        repeated, extra, inner = self.repetition(scope)
        body = [f"  source = \"./{directory.rstrip('/')}\"\n"] + ([f"  {repeated}\n"] if repeated else [])
        for variable, kind, default, _ in variables:
            if default and self.chance(40):
                continue
            value = "null" if default and self.chance(4) else self.expr(kind, inner)
            body.append(f"  {variable} = {value}\n")
            if self.chance(5):
                override.append(f"module \"{name}\" {{\n  {variable} = {self.expr(kind, inner)}\n}}\n")
        lines.append(f"module \"{name}\" {{\n" + "".join(body) + "}\n")
        for output, kind in outputs:
            all_of = f"{'values(' if extra == 'each' else ''}module.{name}{')' if extra == 'each' else ''}[*].{output}"
            if not extra:
                scope.append((kind, f"module.{name}.{output}"))
            elif kind in ("tag", "string"):
                scope.append((kind, f"try(({all_of})[0], {hcl(self.literal(kind))})"))
                scope.append(("list", all_of))
            elif kind == "map":
                scope.append((kind, f"merge({all_of}...)"))
            elif kind == "object":
                scope.append(("list", f"flatten([for k, m in module.{name} : m.{output}.names])"))
                scope.append(("bool", f"anytrue([for m in module.{name} : m.{output}.keep])"))

    def repetition(self, scope):
        """`count` or `for_each`, which of the two, and what can be used in the block."""
        way = self.random.randrange(10)
        if way < 4:
            return None, None, scope
        if way < 6:
            return f"count = {self.expr('number', scope)}", "count", scope + [("number", "count.index"), ("string", '"c${count.index}"')]
        if way < 8:
            return f"for_each = toset({self.expr('list', scope)})", "each", scope + [("string", "each.key"), ("string", "each.value")]
        kind = self.pick("map", "objects")
        value = [("string", "each.value"), ("tag", "each.value")] if kind == "map" else [("tag", 'coalesce(each.value.tag, "MUTABLE")'), ("bool", "each.value.keep"), ("number", "each.value.n")]
        return f"for_each = {self.expr(kind, scope)}", "each", scope + [("string", "each.key")] + value

    def repository(self, path, name, scope, lines, override):
        repeated, extra, inner = self.repetition(scope)
        body = [f"  {repeated}\n"] if repeated else []
        body.append(f"  name = {self.expr('string', inner)}\n")
        if self.chance(85):
            tag = self.expr("tag", inner)
            if self.chance(10):
                tag = f"({self.expr('bool', inner)} ? null : {tag})"
            body.append(f"  image_tag_mutability = {tag}\n")
            if self.chance(8):
                override.append(f"resource \"aws_ecr_repository\" \"{name}\" {{\n  image_tag_mutability = {self.expr('tag', inner)}\n}}\n")
        if self.chance(15):
            body.append('  image_tag_mutability_exclusion_filter {\n    filter = "latest"\n    filter_type = "WILDCARD"\n  }\n')
        elif self.chance(15):
            body.append(f"  dynamic \"image_tag_mutability_exclusion_filter\" {{\n    for_each = slice(concat({self.expr('list', inner)}, [\"v\"]), 0, 1)\n    content {{\n      filter = image_tag_mutability_exclusion_filter.value\n      filter_type = \"WILDCARD\"\n    }}\n  }}\n")
        if self.chance(5):
            override.append(f'resource "aws_ecr_repository" "{name}" {{\n  image_tag_mutability_exclusion_filter {{\n    filter = "dev-*"\n    filter_type = "WILDCARD"\n  }}\n}}\n')
        if self.chance(12):
            tag = self.expr("tag", scope)
            self.files[f"{path}{name}_json.tf.json"] = json.dumps({"resource": {"aws_ecr_repository": {f"{name}_json": {"name": f"j-${{{self.expr('string', scope)}}}", "image_tag_mutability": f"${{{tag}}}"}}}}, ensure_ascii=False)
        lines.append(f"resource \"aws_ecr_repository\" \"{name}\" {{\n" + "".join(body) + "}\n")
        if self.chance(70):
            self.policy(path, name, extra, repeated, inner, lines)

    def policy(self, path, name, extra, repeated, inner, lines):
        index = {"count": "[count.index]", "each": "[each.key]", None: ""}[extra]
        whom, actions = self.expr("string", inner), self.expr("list", inner)
        way = self.random.randrange(6)
        if way == 0:
            value = f'jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = {{ AWS = {whom} }}, Action = {actions} }}] }})'
        elif way == 1:
            value = f'<<-EOT\n    {{\n      "Statement": [{{"Effect": "Allow", "Principal": "*", "Sid": ${{jsonencode({whom})}},\n        "Action": ${{jsonencode({actions})}}}}]\n    }}\n  EOT'
        elif way == 2:
            self.files[f"{path}{name}.tftpl"] = '{"Statement": [\n%{ for i, w in whom ~}\n%{ if i > 0 },%{ endif }{"Effect": "Allow", "Principal": {"AWS": ${jsonencode(w)}}}\n%{ endfor ~}\n]}'
            value = f'templatefile("${{path.module}}/{name}.tftpl", {{ whom = concat([{whom}], {actions}) }})'
        elif way == 3:
            self.files[f"{path}{name}.json"] = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}]})
            value = self.pick(f'file("${{path.module}}/{name}.json")', f'jsonencode(jsondecode(file("${{path.module}}/{name}.json")))')
        elif way == 4:
            value = f'jsonencode({{ Statement = [for w in {actions} : {{ Effect = {hcl(self.pick("Allow", "Deny"))}, Principal = w == "app" ? "*" : w, Action = "ecr:*" }}] }})'
        else:
            value = self.document(name, repeated, index, whom, actions, inner, lines)
        if extra == "each" and "each.value" not in value and self.chance(60):  # the instances of the repository are those of its policy
            at, repeated = "each.value.name", f"for_each = aws_ecr_repository.{name}"
        else:
            at = f"aws_ecr_repository.{name}{index}.name"
        lines.append(f'resource "aws_ecr_repository_policy" "{name}" {{\n' + (f"  {repeated}\n" if repeated else "") + f"  repository = {at}\n  policy = {value}\n}}\n")

    def document(self, name, repeated, index, whom, actions, inner, lines):
        """A policy document made of blocks, and perhaps of another one."""
        alone = [entry for entry in inner if "each." not in entry[1] and "count." not in entry[1]]
        repeated = f"  {repeated}\n" if repeated else ""
        whom = f'coalesce({whom}, "nobody")'
        principals = f'    principals {{\n      type = "AWS"\n      identifiers = [{whom}, "*"]\n    }}\n'
        if self.chance(30):
            principals = f'    dynamic "principals" {{\n      for_each = {{ AWS = [{whom}], Service = ["lambda.amazonaws.com"] }}\n      iterator = who\n      content {{\n        type = who.key\n        identifiers = who.value\n      }}\n    }}\n'
        statement = f'    effect = "{self.pick("Allow", "Deny")}"\n    actions = distinct(concat(["ecr:BatchGetImage"], {actions}))\n{principals}'
        if self.chance(40):
            statement += '    condition {\n      test = "StringEquals"\n      variable = "aws:PrincipalOrgID"\n      values = ["o-1", "&{aws:x}"]\n    }\n'
        if self.chance(20):
            statement += '    condition {\n      test = "StringEquals"\n      variable = "aws:PrincipalOrgID"\n      values = ["o-3"]\n    }\n'
        sid = lambda: f'    sid = {hcl(self.pick("a", "b", ""))}\n'
        if self.chance(50):
            block = f'  dynamic "statement" {{\n    for_each = {self.expr("list", alone)}\n    content {{\n    sid = "s${{statement.key}}"\n{statement}}}\n  }}\n'
        else:
            block = f"  statement {{\n{sid()}{statement}  }}\n"
        if self.chance(40):
            which = self.pick("source_policy_documents", "override_policy_documents")
            base = hcl(json.dumps({"Id": "base", "Statement": [{"Sid": self.pick("a", "c"), "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "ecr:*"}]}))
            if self.chance(50):
                lines.append(f'data "aws_iam_policy_document" "{name}_base" {{\n  statement {{\n{sid()}    actions = ["ecr:*"]\n    principals {{\n      type = "*"\n      identifiers = ["*"]\n    }}\n  }}\n}}\n')
                base = f"data.aws_iam_policy_document.{name}_base.json"
            block += f"  {which} = [{base}]\n"
        lines.append(f'data "aws_iam_policy_document" "{name}" {{\n{repeated}{block}}}\n')
        return f"data.aws_iam_policy_document.{name}{index}.{self.pick('json', 'json', 'minified_json')}"

    def write(self, directory):
        for path, text in self.files.items():
            os.makedirs(os.path.dirname(os.path.join(directory, path)), exist_ok=True)
            with open(os.path.join(directory, path), "w", encoding="utf-8") as out:
                out.write(text)


def hcl(value):
    """A JSON value as an expression."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {hcl(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(hcl, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def planned(program, tree, directory):
    """{address: (values, unknown)} of the plan, or Terraform's message."""
    answer = subprocess.run([program, directory, *tree.args], env=os.environ | tree.env, capture_output=True, text=True)
    if answer.returncode:
        return answer.stderr
    changes = json.loads(answer.stdout).get("resource_changes", [])
    return {c["address"]: (c["change"]["after"], c["change"]["after_unknown"]) for c in changes if c["type"].startswith("aws_ecr_repository")}


def inspected(binary, tree, directory):
    """{address: facts}, and what was told."""
    args = [argument for name, value in tree.env.items() for argument in ("--tf-var-env", f"{name}={value}")]
    args += [f"-{argument}" for argument in tree.args]
    answer = subprocess.run([binary, "inspect", ".", "--format", "json", *args], cwd=directory, capture_output=True, text=True)
    if answer.returncode not in (0, 1, 3):
        return f"exit {answer.returncode}: {answer.stderr}", ""
    units = json.loads(answer.stdout)["units"]
    return {fact["address"]: fact for unit in units for fact in unit["repositories"] + unit["attachments"]}, answer.stderr


def unlike(ours, values, unknown):
    """What differs of a repository or a policy."""
    if "tag_mutability" in ours:
        verdict = ours["tag_mutability"]
        is_known = not unknown.get("image_tag_mutability")
        is_right = (verdict["value"] or "MUTABLE") == values.get("image_tag_mutability") and (verdict["verdict"] != "unknown" or None in verdict["filters"])
        if is_known and not is_right:
            return f"image_tag_mutability {values['image_tag_mutability']!r}"
        blocks, masks = (of.get("image_tag_mutability_exclusion_filter") or [] for of in (values, unknown))
        filters = masks is not True and [None if mask.get("filter") else block.get("filter") for block, mask in zip(blocks, masks)]
        if is_known and filters is not False and verdict["filters"] != filters:
            return f"filters {filters}"
        if not unknown.get("name") and ours["name"] != (values["name"] or ""):
            return f"name {values['name']!r}"
        return None
    if unknown.get("policy"):
        return None
    try:
        document = json.loads(values["policy"])
    except ValueError:
        return None if ours["exposure"] == "invalid" else "a policy that is no JSON"
    if document.get("Statement") == [] and "Statement" not in ours["document"]:
        return None  # the AWS provider writes no empty list, what stands in for it may
    return None if ours["document"] == document else f"policy {values['policy']}"


def compare(binary, program, seed, keep):
    tree = Tree(seed)
    with tempfile.TemporaryDirectory() as directory:
        tree.write(directory)
        theirs = planned(program, tree, directory)
        ours, told = inspected(binary, tree, directory)
        differences = []
        if isinstance(ours, str):
            differences.append(ours)
        elif not isinstance(theirs, str):
            differences += [f"{address}: missing" for address in theirs.keys() - ours.keys()]
            differences += [f"{address}: not in the plan" for address in ours.keys() - theirs.keys()]
            for address in theirs.keys() & ours.keys():
                what = unlike(ours[address], *theirs[address])
                fact = ours[address]
                differences += [f"{address}: want {what}, got {json.dumps(fact.get('tag_mutability') or fact.get('document'))[:300]} {fact.get('name') or ''}"] if what else []
        if keep and differences:
            target = os.path.join(keep, str(seed))
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(directory, target)
            with open(os.path.join(target, "how.json"), "w", encoding="utf-8") as out:
                json.dump({"args": tree.args, "env": tree.env}, out)
    if isinstance(theirs, str):
        return "an error of Terraform" if told else "an error that only Terraform sees", differences, theirs
    return f"same, of {min(len(theirs), 5)}{'+' if len(theirs) > 5 else ''} resources", differences, told


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--plan", required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep")
    parser.add_argument("--errors", action="store_true", help="show what Terraform says")
    args = parser.parse_args()
    binary, counts = os.path.abspath(args.bin), collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        seeds = range(args.seed, args.seed + args.count)
        for seed, (kind, differences, text) in zip(seeds, pool.map(lambda seed: compare(binary, args.plan, seed, args.keep), seeds)):
            counts["DIFFERENT" if differences else kind] += 1
            for difference in differences:
                print(f"{seed}: {difference}", flush=True)
            if args.errors and "Terraform" in kind:
                print(f"{seed}: {kind}: {' '.join(text.split())[-400:]}", flush=True)
    print(dict(counts))
    sys.exit(1 if counts["DIFFERENT"] else 0)


if __name__ == "__main__":
    main()
