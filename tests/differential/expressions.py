#!/usr/bin/env python3
"""Compares `ecrlint eval` with Terraform on generated expressions (stdlib only; needs `terraform` 1.11 on the path).

    expressions.py --bin target/debug/ecrlint [--count 20000] [--seed 1] [--record testdata/eval/generated/answers.jsonl --keep 3000]

Each expression becomes an output of a plan of the module testdata/eval/generated. A first plan tells which ones are
errors, a second one without these tells the values and what in them is unknown. Where we know more than Terraform, it
is asked again with known values for the unknown ones. A difference that is not explained is printed. --record writes
some of the answers, for the test that needs no Terraform. --from compares the expressions of a recorded file instead:

    expressions.py --bin target/debug/ecrlint --from testdata/eval/generated/corners.jsonl --record testdata/eval/generated/corners.jsonl
"""
import argparse, collections, concurrent.futures, json, os, random, re, shutil, subprocess, sys, tempfile

MODULE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../testdata/eval/generated")
BATCH = 1000
PLAN = 100  # outputs of a plan, whose time grows faster than their number
HEX = '"ff"'
KEYS = ('"a"', '"b"', '"web"', '"name"')


class Generator:
    """Expressions of a wanted type, some of them wrong on purpose."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = []  # (name, type) of the `for` variables in scope

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def expression(self):
        return self.of(self.pick("string", "string", "number", "bool", "list", "map", "any", "any"), self.pick(1, 2, 2, 3, 3, 4))

    def of(self, kind, depth):
        if self.chance(2):
            kind = self.pick("string", "number", "bool", "list", "map")
        if self.chance(1):
            return "null"
        if kind == "scalar":
            kind = self.pick("string", "string", "number", "bool")
        if self.names and self.chance(30):
            return self.pick(*self.names)
        if kind == "any":
            kind = self.pick("string", "number", "bool", "list", "map")
        if depth <= 0:
            return getattr(self, kind + "_leaf")()
        if self.chance(10):
            return self.common(kind, depth - 1)
        return getattr(self, kind)(depth - 1)

    def common(self, kind, d):
        """What there is of every type."""
        return self.pick(
            lambda: f"({self.of('bool', d)} ? {self.of(kind, d)} : {self.of(kind, d)})",
            lambda: f"({self.of(kind, d)})",
            lambda: f"try({self.of(kind, d)}, {self.of(kind, d)})",
            lambda: f"{self.of('list', d)}[{self.pick('0', '0', '1', self.of('number', d))}]",
            lambda: f"{self.of('map', d)}[{self.pick(*KEYS, self.of('string', d))}]",
            lambda: f"{{ a = {self.of(kind, d)}, b = {self.of('any', d)} }}.{self.pick('a', 'a', 'a', 'b', 'c')}",
            lambda: f"[{self.of(kind, d)}, {self.of(kind, d)}][{self.pick(0, 0, 1, 1, 2)}]",
            lambda: f"coalesce({self.of(kind, d)}, {self.of(kind, d)})",
            lambda: f"lookup({self.of('map', d)}, {self.of('string', d)}, {self.of(kind, d)})",
            lambda: f"element({self.of('list', d)}, {self.pick(0, 1, 2, 3, 5)})",
            lambda: f"jsondecode(jsonencode({self.of(kind, d)}))",
            lambda: f'"${{{self.of(kind, d)}}}"',
        )()

    # strings
    def string_leaf(self):
        return self.pick(
            '"a"', '"b"', '"x"', '""', '"*"', '"5"', '"true"', '"héllo"', '"e\\u0301"', '"a-b-c"', '"A b"', '"$${x}"', '"%%{x}"', '"q\\"t\\\\"',
            '"arn:aws:iam::${local.account}:root"', "var.s", "var.null_string", "var.secret", "local.account", "local.text", "var.object.name",
            "terraform_data.u.output", "terraform_data.u.id", '"pre-${terraform_data.u.id}"', "var.list[0]", 'var.map["a"]', "var.map.b", "var.any.name",
            "var.objects.web.id", "local.tuple[0]", "path.module", "terraform.workspace",
        )

    def string(self, d):
        return self.pick(
            lambda: f'"x${{{self.of("scalar", d)}}}y"',
            lambda: f'"${{{self.of("string", d)}}}-${{{self.of("string", d)}}}"',
            lambda: f'"%{{ if {self.of("bool", d)} }}yes%{{ else }}${{{self.of("string", d)}}}%{{ endif }}"',
            lambda: self.loop_in_template(d),
            lambda: f"upper({self.of('string', d)})",
            lambda: f"lower({self.of('string', d)})",
            lambda: f"title({self.of('string', d)})",
            lambda: f"trimspace({self.of('string', d)})",
            lambda: f"trim({self.of('string', d)}, {self.of('string', d)})",
            lambda: f"trimprefix({self.of('string', d)}, {self.of('string', d)})",
            lambda: f"join({self.of('string', 0)}, {self.of('list', d)})",
            lambda: f"replace({self.of('string', d)}, {self.of('string', 0)}, {self.of('string', 0)})",
            lambda: f"substr({self.of('string', d)}, {self.of('number', 0)}, {self.of('number', 0)})",
            lambda: f'format("%s-%s", {self.of("scalar", d)}, {self.of("scalar", d)})',
            lambda: f'format("%03d|%v", {self.of("number", d)}, {self.of("any", d)})',
            lambda: f"jsonencode({self.of('any', d)})",
            lambda: f"tostring({self.of('scalar', d)})",
            lambda: f"base64encode({self.of('string', d)})",
            lambda: f"md5({self.of('string', d)})",
            lambda: f"nonsensitive(sensitive({self.of('string', d)}))",
            lambda: f"one({self.of('list', d)})",
        )()

    def loop_in_template(self, d):
        collection = self.of(self.pick("list", "map"), d)
        with self.variables("k", "v"):
            body = self.of("scalar", d)
        return f'"%{{ for k, v in {collection} }}[${{{body}}}]%{{ endfor }}"'

    # numbers
    def number_leaf(self):
        return self.pick(
            "0", "1", "2", "3", "7", "-1", "10", "0.1", "2.5", "1e3", "1e-7", "12345678901234567890", "var.n", "var.numbers[0]", "var.object.size",
            "terraform_data.n.output", '"4"', "length(var.list)", "local.tuple[1]", "sensitive(3)", "var.objects.api.port",
        )

    def number(self, d):
        return self.pick(
            lambda: f"({self.of('number', d)} {self.pick('+', '-', '*', '/', '%')} {self.of('number', d)})",
            lambda: f"{self.of('number', d)} {self.pick('+', '-', '*')} {self.of('number', d)} {self.pick('+', '-', '*')} {self.of('number', d)}",
            lambda: f"-{self.of('number', d)}",
            lambda: f"length({self.of(self.pick('list', 'map', 'string'), d)})",
            lambda: f"max({self.of('number', d)}, {self.of('number', d)})",
            lambda: f"min({self.pick('var.numbers', self.of('list', d))}...)",
            lambda: f"floor({self.of('number', d)})",
            lambda: f"ceil({self.of('number', d)})",
            lambda: f"abs({self.of('number', d)})",
            lambda: f"sum([{self.of('number', d)}, {self.of('number', d)}])",
            lambda: f"tonumber({self.of('number', d)})",
            lambda: f"parseint({self.pick(HEX, self.of('string', d))}, 16)",
            lambda: f"index({self.of('list', d)}, {self.pick(KEYS[0], self.of('any', 0))})",
        )()

    # truth values
    def bool_leaf(self):
        return self.pick("true", "false", "var.b", '"true"', "sensitive(true)", "local.tuple[2]", 'terraform_data.u.output == "x"')

    def bool(self, d):
        kind = self.pick("string", "number", "list", "map", "any")
        return self.pick(
            lambda: f"({self.of(kind, d)} {self.pick('==', '!=')} {self.of(kind, d)})",
            lambda: f"({self.of(kind, d)} {self.pick('==', '!=')} null)",
            lambda: f"({self.of('number', d)} {self.pick('<', '<=', '>', '>=')} {self.of('number', d)})",
            lambda: f"({self.of('bool', d)} {self.pick('&&', '||')} {self.of('bool', d)})",
            lambda: f"!{self.of('bool', d)}",
            lambda: f"can({self.of('any', d)})",
            lambda: f"contains({self.of('list', d)}, {self.of('any', 0)})",
            lambda: f"startswith({self.of('string', d)}, {self.of('string', 0)})",
            lambda: f"endswith({self.of('string', d)}, {self.of('string', 0)})",
            lambda: f"strcontains({self.of('string', d)}, {self.of('string', 0)})",
            lambda: f"alltrue({self.of('list', d)})",
            lambda: f"anytrue([{self.of('bool', d)}, {self.of('bool', d)}])",
            lambda: f"tobool({self.of('bool', d)})",
            lambda: f"issensitive({self.of('any', d)})",
        )()

    # lists, sets and tuples
    def list_leaf(self):
        return self.pick(
            "[]", '["a"]', '["a", "b"]', "[1, 2, 3]", '[1, "a", true]', "var.list", "var.numbers", "var.empty", "var.set", "local.tuple", "local.nested",
            "terraform_data.l.output", '[terraform_data.u.id, "b"]', "var.any.list", "var.object.list", 'toset(["b", "a"])', "tolist([3, 1])", "[null, \"a\"]",
            "[{ id = 1, n = \"x\" }, { id = 2, n = \"y\" }]", "keys(var.map)", "[var.secret]",
        )

    def list(self, d):
        return self.pick(
            lambda: f"[{self.of('any', d)}, {self.of('any', d)}]",
            lambda: f"[{self.of('any', d)}]",
            lambda: self.loop("[", "]", d),
            lambda: self.loop("[", "]", d),
            lambda: f"{self.of(self.pick('list', 'map', 'any'), d)}[*]{self.pick('', '', '', '.id', '.n', '[0]')}",
            lambda: f"{self.of('list', d)}.*{self.pick('', '.id')}",
            lambda: f"concat({self.of('list', d)}, {self.of('list', d)})",
            lambda: f"flatten({self.of('list', d)})",
            lambda: f"distinct({self.of('list', d)})",
            lambda: f"compact({self.of('list', d)})",
            lambda: f"reverse({self.of('list', d)})",
            lambda: f"sort({self.of('list', d)})",
            lambda: f"slice({self.of('list', d)}, {self.pick(0, 1)}, {self.pick(1, 2)})",
            lambda: f"toset({self.of('list', d)})",
            lambda: f"tolist({self.of('list', d)})",
            lambda: f"setunion({self.of('list', d)}, {self.of('list', d)})",
            lambda: f"setproduct({self.of('list', d)}, {self.of('list', d)})",
            lambda: f"keys({self.of('map', d)})",
            lambda: f"values({self.of('map', d)})",
            lambda: f"split({self.of('string', 0)}, {self.of('string', d)})",
            lambda: f"range({self.pick(0, 1, 2, 3)})",
            lambda: f'formatlist("%s!", {self.of("list", d)})',
            lambda: f"coalescelist({self.of('list', d)}, {self.of('list', d)})",
            lambda: f"chunklist({self.of('list', d)}, 2)",
        )()

    # maps and objects
    def map_leaf(self):
        return self.pick(
            "{}", '{ a = "1" }', '{ a = 1, b = "x" }', '{ "k" = true }', "var.map", "var.object", "var.objects", "var.any", "var.any.deep", "var.secrets",
            '{ a = terraform_data.u.id, b = "y" }', "terraform_data.o.output", 'tomap({ a = "z" })', '{ (var.s) = 1 }', '{ a = null }',
        )

    def map(self, d):
        return self.pick(
            lambda: f"{{ a = {self.of('any', d)}, b = {self.of('any', d)} }}",
            lambda: f"{{ ({self.of('string', d)}) = {self.of('any', d)} }}",
            lambda: f"{{ \"${{{self.of('string', d)}}}-k\" : {self.of('any', d)} }}",
            lambda: self.loop("{", "}", d),
            lambda: self.loop("{", "}", d),
            lambda: f"merge({self.of('map', d)}, {self.of('map', d)})",
            lambda: f"tomap({self.of('map', d)})",
            lambda: f"zipmap({self.of('list', d)}, {self.of('list', d)})",
            lambda: f"transpose({self.of('map', d)})",
        )()

    def loop(self, open, close, d):
        collection = self.of(self.pick("list", "map"), d)
        names = self.pick("v", "k, v")
        with self.variables(*names.split(", ")):
            key = f"{self.of('scalar', min(d, 1))} => " if open == "{" else ""
            value = self.of("any", d)
            group = "..." if key and self.chance(30) else ""
            condition = f" if {self.of('bool', d)}" if self.chance(30) else ""
        return f"{open}for {names} in {collection} : {key}{value}{group}{condition}{close}"

    def variables(self, *names):
        return Variables(self, names)


class Variables:
    def __init__(self, generator, names):
        self.generator, self.added = generator, names

    def __enter__(self):
        self.before = self.generator.names
        self.generator.names = self.before + list(self.added)

    def __exit__(self, *_):
        self.generator.names = self.before


def terraform(directory, *args, stdin=None):
    env = {**os.environ, "TF_CLI_CONFIG_FILE": os.path.join(directory, "empty.rc"), "CHECKPOINT_DISABLE": "1", "GOGC": "off"}
    return subprocess.run(["terraform", *args], cwd=directory, env=env, input=stdin, capture_output=True, text=True)


def answers_of_terraform(expressions):
    """[("error", message) | ("ok", value, mask)] of the expressions."""
    parts = [expressions[i : i + PLAN] for i in range(0, len(expressions), PLAN)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [answer for part in pool.map(answers_of_plan, parts) for answer in part]


def answers_of_plan(expressions):
    answers = [None] * len(expressions)
    with tempfile.TemporaryDirectory() as directory:
        shutil.copy(os.path.join(MODULE, "main.tf"), directory)
        open(os.path.join(directory, "empty.rc"), "w").close()
        left = list(range(len(expressions)))
        while left:
            with open(os.path.join(directory, "outputs.tf"), "w", encoding="utf-8") as out:
                for i in left:
                    out.write(f'output "o{i}" {{\nsensitive = true\nvalue = {expressions[i]}\n}}\n')
            plan = terraform(directory, "plan", "-json", "-input=false", "-out=plan")
            lines = [json.loads(line) for line in plan.stdout.splitlines() if line.startswith("{")]
            errors = [line["diagnostic"] for line in lines if line.get("@level") == "error" and "diagnostic" in line]
            for error in errors:
                if error.get("range"):
                    number = left[(error["range"]["start"]["line"] - 1) // 4]
                    answers[number] = ("error", error["summary"] + ": " + error.get("detail", ""))
            if plan.returncode and not errors:
                sys.exit(f"terraform failed: {plan.stdout[-500:]} {plan.stderr[-500:]}")
            wrong = {i for i in left if answers[i]}
            if errors and not wrong:
                # An infinite number can't be written; the message names the output.
                named = {int(name) for error in errors for name in re.findall(r'"o(\d+)"', error.get("detail", ""))} & set(left)
                if not named:
                    sys.exit(f"terraform failed: {errors} {plan.stderr}")
                for i in named:
                    answers[i] = ("error", "an infinite number")
                wrong = named
            left = [i for i in left if i not in wrong]
            if not errors:
                break
        if left:
            shown = json.loads(terraform(directory, "show", "-json", "plan").stdout)
            changes = shown.get("output_changes", {})
            for i in left:
                change = changes.get(f"o{i}", {})
                answers[i] = ("ok", change.get("after"), change.get("after_unknown", False))
    return answers


def answers_of_ecrlint(binary, expressions):
    stdin = "".join(json.dumps(e) + "\n" for e in expressions)
    command = [binary, "eval", "--jsonl", "--show-sensitive", "--dir", MODULE]
    out = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=600)
    lines = out.stdout.splitlines()
    if len(lines) != len(expressions):
        sys.exit(f"{len(lines)} answers to {len(expressions)} expressions: {out.stderr[-2000:]}")
    return [json.loads(line) for line in lines]


def is_unknown(value):
    return isinstance(value, dict) and "$unknown" in value


def agrees(got, want, mask):
    unknown = is_unknown(got)
    if mask is True or unknown:
        return unknown and mask is True
    if isinstance(mask, dict) and isinstance(got, dict):
        want = want or {}
        return set(got) == set(want) | set(mask) and all(agrees(got[k], want.get(k), mask.get(k, False)) for k in got)
    if isinstance(mask, list) and isinstance(got, list):
        want = want or []
        return len(got) == len(mask) and all(agrees(g, want[i] if i < len(want) else None, m) for i, (g, m) in enumerate(zip(got, mask)))
    return got == want


def same(ours, theirs):
    if theirs[0] == "error":
        return "error" in ours
    _, value, mask = theirs
    if "unknown" in ours:
        return mask is True
    return "value" in ours and agrees(ours["value"], value, mask)


# What the unknown values may turn out to be.
LATER = (
    {"u.output": '"later"', "u.id": '"id-1"', "n.output": "42", "l.output": '["p", "q"]', "o.output": '{ a = "x", b = 1 }'},
    {"u.output": '"[1]"', "u.id": '"7"', "n.output": "0", "l.output": '["", "*"]', "o.output": '{ a = "*", b = -3 }'},
    {"u.output": '""', "u.id": '"true"', "n.output": "1", "l.output": '["b", "a"]', "o.output": '{ a = "", b = 0 }'},
    {"u.output": '"true"', "u.id": '"a"', "n.output": "-2", "l.output": '["1", "2"]', "o.output": '{ a = "2", b = 1 }'},
)


def holds(ours, theirs, sets=False):
    """Is what we know true of a value that Terraform knows? With `sets`, a list may be a set, where an unknown member
    has no place yet and may turn out to be one of the others."""
    if is_unknown(ours):
        return True
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return set(ours) == set(theirs) and all(holds(ours[k], theirs[k], sets) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) == len(theirs) and all(holds(o, t, sets) for o, t in zip(ours, theirs)):
            return True
        known = [value for value in ours if not is_unknown(value)]
        return sets and len(known) < len(ours) and len(theirs) <= len(ours) and all(value in theirs for value in known)
    return ours == theirs


def known_rightly(differences):
    """Of [(expression, ours, theirs)] that hold an unknown value, why we are right in those where every later value proves it."""
    wanted = [(e, o, t) for e, o, t in differences if t[0] == "ok" and "terraform_data." in e and "unknown" not in o]
    if not wanted:
        return {}
    outcomes = []
    for later in LATER:
        pattern = re.compile("terraform_data.(" + "|".join(map(re.escape, later)) + ")")
        outcomes.append(answers_of_terraform([pattern.sub(lambda match: later[match[1]], e) for e, _, _ in wanted]))
    right = {}
    for (expression, ours, theirs), answers in zip(wanted, zip(*outcomes)):
        values = [answer[1] for answer in answers if answer[0] == "ok"]
        knows_all = "value" in ours and not theirs[2]
        if knows_all and all(value == theirs[1] for value in values):
            continue
        if "value" in ours and not values:
            right[expression] = RIGHT_OPERAND if LOGICAL.search(expression) else "an error later that nobody sees yet"
        elif "error" in ours and not values or "value" in ours and values and all(holds(ours["value"], value, SETS.search(expression)) for value in values):
            # `try` has no type as long as something in it is unknown.
            right[expression] = "Terraform itself has another value later, ours" if knows_all else "what we know holds for each later value"
    return right


def evaluated_rightly(differences):
    """Of [(expression, ours, theirs)] why we are right where `terraform console`, which evaluates with the values of the
    variables, proves it; a plan is validated with unknown ones first."""
    right = {}
    with tempfile.TemporaryDirectory() as directory:
        shutil.copy(os.path.join(MODULE, "main.tf"), directory)
        open(os.path.join(directory, "empty.rc"), "w").close()
        for expression, ours, theirs in differences:
            if theirs[0] == "error" and "value" in ours:
                answer = terraform(directory, "console", stdin=f"nonsensitive(jsonencode({expression}))\n")
                if answer.returncode == 0 and console_value(answer.stdout) == [ours["value"]]:
                    right[expression] = "only the validation, to which variables are unknown, finds an error; terraform console answers as we do"
            elif theirs[0] == "ok" and re.search(r"\b(try|can)\(", expression):
                calls = [call_at(expression, found.start()) for found in SETS.finditer(expression)]
                if any("panic in function" in terraform(directory, "console", stdin=call + "\n").stderr for call in calls):
                    right[expression] = "Terraform itself breaks down, and try or can hides it"
            if theirs[0] == "ok" and "value" in ours:
                for group in {call_at(expression, at) for at, char in enumerate(expression) if char == "("}:
                    for taken, other in arms(group):
                        answer = answers_of_plan([other])[0]
                        # What refers to the variable of a `for` fails by itself for another reason.
                        fails = answer[0] == "error" and "Invalid reference" not in answer[1]
                        if fails and same(ours, answers_of_plan([expression.replace(group, f"({taken})", 1)])[0]):
                            right[expression] = FAILING_ARM
    return right


def arms(expression):
    """The arms of an expression that is a conditional in brackets, each with the other one."""
    depth, begin, split, waiting = 0, None, None, 0
    for at, char in enumerate(expression):
        depth += (char in "([{") - (char in ")]}")
        here = expression[at : at + 3] if depth == 1 else ""
        if here == " ? ":
            begin, waiting = begin or at + 3, waiting + 1
        elif here == " : " and waiting:
            waiting -= 1
            split = split or (at if not waiting else None)
    if not (expression.startswith("(") and call_at(expression, 0) == expression and begin and split):
        return []
    yes, no = expression[begin:split], expression[split + 3 : -1]
    return [(yes, no), (no, yes)]


def call_at(expression, start):
    """The call that begins at `start`, to the bracket that closes it."""
    depth = 0
    for at in range(start, len(expression)):
        depth += {"(": 1, ")": -1}.get(expression[at], 0)
        if depth == 0 and expression[at] == ")":
            return expression[start : at + 1]
    return expression[start:]


def console_value(printed):
    """[the value] of a text in JSON as `terraform console` prints it, [] where it is no such text."""
    try:
        return [json.loads(json.loads(printed).replace("$${", "${").replace("%%{", "%{"))]
    except ValueError:
        return []


SETS = re.compile(r"\b(toset|setunion|setintersection|setsubtract)\(")
LOGICAL = re.compile(r"&&|\|\|")
LENGTHS = re.compile(r"\b(sort|slice|setproduct|chunklist|concat)\(.*terraform_data\.[lo]\.output")
FAILING_ARM = "an arm that is not taken and fails has a type for Terraform, and none for us"
RIGHT_OPERAND = "&& and || look at the right operand only where it matters, as from Terraform 1.12 on"


def explained(expression, ours, theirs):
    """Why a difference is none, if it is one of those that are meant."""
    if theirs[0] == "error" and "panic in function implementation" in theirs[1]:
        return "Terraform itself breaks down"
    if re.search(r"format(list)?\(.*null", expression) and theirs[0] == "ok" and theirs[2]:
        return "what Terraform makes of a bare null stays unknown whatever it is used for"
    if LOGICAL.search(expression) and "value" in ours and (theirs[0] == "error" or re.search(r"\b(try|can)\(", expression)):
        return RIGHT_OPERAND
    if theirs[0] == "error" and "unknown" in json.dumps(ours) and "terraform_data." in expression:
        return "an error that Terraform sees in the type of an unknown value"
    if theirs[0] == "error" and theirs[1].startswith("Inconsistent conditional") and "value" in ours:
        return FAILING_ARM
    if "jsonencode(" in expression and re.search(r"toset|setunion", expression) and "terraform_data." in expression and theirs[0] == "ok" and theirs[2]:
        return "the members of a set that are known stay so in JSON beside an unknown one"
    if theirs[0] == "error" and "coalesce" in theirs[1] and "must have the same type" in theirs[1] and "value" in ours:
        return "a tuple of which null is one element fits a list only for us"
    if LENGTHS.search(expression) and theirs[0] == "ok" and "error" not in ours and holds(ours.get("value", {"$unknown": ""}), theirs[1]):
        return "the length of an unknown tuple is not kept, and nothing that we say is wrong"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="given")
    parser.add_argument("--record")
    parser.add_argument("--keep", type=int, default=3000)
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--explained", action="store_true", help="show the differences that are meant, too")
    args = parser.parse_args()
    generator, binary = Generator(args.seed), os.path.abspath(args.bin)
    given = [json.loads(line)["expr"] for line in open(args.given, encoding="utf-8")] if args.given else None
    keep_each = 1 if given else max(1, args.count // args.keep)
    counts, shown, recorded, total = collections.Counter(), 0, [], 0
    while total < (len(given) if given else args.count):
        expressions = given or [e for e in (generator.expression() for _ in range(BATCH)) if len(e) < 400]
        theirs, ours = answers_of_terraform(expressions), answers_of_ecrlint(binary, expressions)
        differences = [(e, o, t) for e, o, t in zip(expressions, ours, theirs) if not same(o, t)]
        right = known_rightly(differences) | evaluated_rightly(differences)
        for expression, want, got in zip(expressions, theirs, ours):
            total += 1
            kind = "error" if want[0] == "error" else "unknown" if want[2] else "value"
            if same(got, want):
                counts[f"same {kind}"] += 1
                if total % keep_each == 0:
                    recorded.append({"expr": expression, "error": want[1].split("\n")[0]} if want[0] == "error" else {"expr": expression, "value": want[1], "unknown": want[2]})
                continue
            why = right.get(expression) or explained(expression, got, want)
            counts[why or "DIFFERENT"] += 1
            if (not why or args.explained) and shown < args.show:
                shown += 1
                print(f"{why or 'DIFFERENT'}: {expression}\n  terraform {json.dumps(want, ensure_ascii=False)[:400]}\n  ecrlint   {json.dumps(got, ensure_ascii=False)[:400]}", flush=True)
        print(f"{total}: {dict(counts)}", file=sys.stderr, flush=True)
    if args.record:
        with open(args.record, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in recorded)
    sys.exit(1 if counts["DIFFERENT"] else 0)


if __name__ == "__main__":
    main()
