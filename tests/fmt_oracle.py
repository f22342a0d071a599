#!/usr/bin/env python3
"""Compare the files that ecrlint and `terraform fmt` reject (needs terraform; not part of `cargo test`).

    tests/fmt_oracle.py target/release/ecrlint DIRECTORY...

Prints each file on which they differ and the counts; exit 1 if there is any.
"""
import json
import os
import re
import subprocess
import sys

BATCH = 200


def terraform_files(top):
    for directory, names, files in os.walk(top):
        names[:] = sorted(name for name in names if not name.startswith("."))
        yield from (os.path.join(directory, name) for name in sorted(files) if name.endswith(".tf") and not name.startswith("."))


def rejected_by_terraform(top):
    """The paths that `terraform fmt` reports errors in."""
    run = subprocess.run(["terraform", "fmt", "-check", "-list=false", "-recursive", "-no-color", "."], cwd=top, capture_output=True, text=True, errors="replace")
    paths = re.findall(r"\bon (\S.*?\.tf) line \d+", run.stderr) + re.findall(r"\bin (\S.*?\.tf)\b", run.stderr)
    return {os.path.normpath(os.path.join(top, path)) for path in paths}


def rejected_by_ecrlint(binary, paths):
    """The paths with an error of kind `syntax`."""
    rejected = set()
    for start in range(0, len(paths), BATCH):
        run = subprocess.run([binary, "check", "--root", "/", "--format", "json", *paths[start : start + BATCH]], capture_output=True, text=True)
        errors = json.loads(run.stdout)["errors"]
        rejected |= {os.path.normpath(error["path"]) for error in errors if error["kind"] == "syntax"}
    return rejected


def main():
    binary, tops = sys.argv[1], sys.argv[2:]
    total = rejects = differences = 0
    for top in map(os.path.normpath, tops):
        files = [os.path.normpath(path) for path in terraform_files(top)]
        theirs, ours = rejected_by_terraform(top), rejected_by_ecrlint(binary, files)
        for path in sorted(theirs.intersection(files) ^ ours):
            print(f"{path}: {'terraform' if path in theirs else 'ecrlint'} rejects it, the other one does not")
            differences += 1
        total += len(files)
        rejects += len(theirs.intersection(files))
    print(f"{total} files, {rejects} rejected by terraform, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
