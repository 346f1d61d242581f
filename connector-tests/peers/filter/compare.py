#!/usr/bin/env python3
"""Compares this repository's filter parser with the official one, expression by expression.

It generates filter expressions from the language's grammar, changes tokens or characters in many of
them, runs both parsers, and prints every difference between their verdicts and trees. It exits with
1 if there is one.

Needs the official parser: `pip install custom-connector-sdk==1.0.5 antlr4-python3-runtime==4.9.2`,
and Cargo.

    python compare.py                          # 10,000 expressions: half from a fixed seed, half from a new one, which is printed
    python compare.py --count 50000 --seed 7   # the same expressions every time
    python compare.py --file expressions.txt   # your own expressions, one JSON string per line

What counts as a difference:

- The official parser accepts an expression without having dropped a character, and ours does not,
  or its tree is different.
- The official parser rejects an expression, or drops a character from it, and ours accepts it.
  Exceptions are the documented extensions: one digit after LIMIT, NULL, date-times with an offset,
  and names with `_`, `@`, `$` or letters beyond ASCII. Where one explains the difference, the
  official parser must accept the expression once the extension is replaced, and its tree must then
  have the same shape.

A LIMIT of 2**64 or more is not a difference: ours rejects it, as documented.
"""

import argparse
import json
import random
import re
import shlex
import subprocess
import sys
from collections import Counter
from multiprocessing import Pool
from pathlib import Path

from antlr4 import CommonTokenStream, InputStream
from antlr4.error.ErrorListener import ErrorListener
from custom_connector_queryfilter.queryfilter.antlr.CustomConnectorQueryFilterLexer import CustomConnectorQueryFilterLexer
from custom_connector_queryfilter.queryfilter.antlr.CustomConnectorQueryFilterParser import CustomConnectorQueryFilterParser

REPOSITORY = Path(__file__).resolve().parents[3]
FIXED_SEED = 1
OUR_COMMAND = "cargo appflow filter parse --json"


# The official parser


class Count(ErrorListener):
    def __init__(self):
        self.errors = 0

    def syntaxError(self, *_):
        self.errors += 1


def official(text):
    """Returns the verdict and tree of the official parser: {"ok", "dropped", "filter"}."""
    dropped, rejected = Count(), Count()
    lexer = CustomConnectorQueryFilterLexer(InputStream(text))
    lexer.removeErrorListeners()
    lexer.addErrorListener(dropped)
    parser = CustomConnectorQueryFilterParser(CommonTokenStream(lexer))
    parser.removeErrorListeners()
    parser.addErrorListener(rejected)
    root = parser.queryfilter()
    verdict = {"ok": rejected.errors == 0, "dropped": dropped.errors > 0}
    if verdict["ok"]:
        verdict["filter"] = filter_tree(root)
    return verdict


COMPARISONS = {
    "GreaterThanComparatorExpression": ">",
    "GreaterThanEqualToComparatorExpression": ">=",
    "LesserThanComparatorExpression": "<",
    "LesserThanEqualToComparatorExpression": "<=",
    "EqualToComparatorExpression": "=",
    "BooleanEqualToComparatorExpression": "=",
    "NotEqualToComparatorExpression": "!=",
    "BooleanNotEqualToComparatorExpression": "!=",
    "LikeComparatorExpression": "contains",
}


def kind(node):
    return type(node).__name__.removesuffix("Context")


def filter_tree(root):
    limit = root.limitexpression()
    if limit is None:
        return {"predicate": expr_tree(root.expression()), "limit": None}
    predicate = None if limit.left is None else expr_tree(limit.left)
    return {"predicate": predicate, "limit": int(limit.right.getText())}


def expr_tree(node):
    name = kind(node)
    if name == "ParenExpression":
        return expr_tree(node.expression())
    if name == "NotExpression":
        return {"not": expr_tree(node.expression())}
    if name == "ANDBinaryExpression":
        return chain("and", expr_tree(node.left), expr_tree(node.right))
    if name == "ORBinaryExpression":
        return chain("or", expr_tree(node.left), expr_tree(node.right))
    if name in COMPARISONS:
        return {"compare": {"field": node.left.getText(), "op": COMPARISONS[name], "value": value_tree(node.right)}}
    if name == "BetweenExpression":
        return {"between": {"field": node.left.getText(), "low": value_tree(node.l1), "high": value_tree(node.right)}}
    if name == "InExpression":
        return {"in": {"field": node.identifier().getText(), "values": [value_tree(value) for value in node.value()]}}
    if name == "IdentifierExpression":
        return {"field": node.getText()}
    if name == "ValueExpression":
        return {"value": value_tree(node.value())}
    raise ValueError(f"unknown node {name}")


def chain(connective, left, right):
    operands = []
    for side in (left, right):
        operands.extend(side.get(connective, [side]))
    return {connective: operands}


def value_tree(node):
    text = node.getText()
    name = kind(node)
    if name == "Boolean":
        return {"boolean": text.lower() == "true"}
    if name == "StringValueExpression":
        return "null" if text == "null" else {"string": unquoted(text)}
    return {{"DecimalValueExpression": "number", "IsoDate": "date", "IsoDateTime": "date_time"}[name]: text}


def unquoted(text):
    escapes = {"t": "\t", "n": "\n", "r": "\r"}
    return re.sub(r"""\\(["'\\tnr])""", lambda match: escapes.get(match[1], match[1]), text[1:-1])


# Our parser


def ours(texts, command):
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(shlex.split(command), input=lines, capture_output=True, encoding="utf-8", cwd=REPOSITORY)
    if done.returncode not in (0, 1):  # 1: it rejects some of them
        sys.exit(f"our parser failed: {done.stderr}")
    results = [json.loads(line) for line in done.stdout.split("\n") if line]
    if len(results) != len(texts):
        sys.exit(f"our parser returned {len(results)} results for {len(texts)} expressions")
    return results


def without_extensions(text):
    """Returns the text with each documented extension replaced by a similar form that the official
    grammar has."""
    text = re.sub(r"(limit|LIMIT)([ \t\r\n\f]*[1-9])(?![0-9])", r"\1\g<2>0", text)
    text = re.sub(r"(T[0-9:.]+)[+-][0-9]{2}:[0-9]{2}", r"\1Z", text)
    text = re.sub(r"(?<![A-Za-z0-9_.-])_|[^\W\d_a-zA-Z]", "q", text)
    text = re.sub(r"[@$]", " q", text)
    operator = r"[ \t\r\n\f]*(?:[=!<>]|contains|CONTAINS|between|BETWEEN|in|IN)"
    return re.sub(rf"(?<![A-Za-z0-9_.-])NULL(?![A-Za-z0-9_.-]|{operator})", "null", text)


def shape(tree):
    """Returns the tree without names, literals and numbers, because those of an extension have no
    counterpart."""
    match tree:
        case {"predicate": predicate, "limit": limit}:
            return {"predicate": shape(predicate), "limit": limit is not None}
        case {"and": operands} | {"or": operands}:
            return {next(iter(tree)): [shape(operand) for operand in operands]}
        case {"not": operand}:
            return {"not": shape(operand)}
        case {"compare": test}:
            return {"compare": test["op"], "value": value_kind(test["value"])}
        case {"between": test}:
            return {"between": [value_kind(test["low"]), value_kind(test["high"])]}
        case {"in": test}:
            return {"in": [value_kind(value) for value in test["values"]]}
        case {"value": value}:
            return {"value": value_kind(value)}
        case {"field": "NULL"}:  # a name if it is the whole test, which `without_extensions` cannot see
            return {"value": "null"}
        case {"field": _}:
            return "field"
    return tree


def value_kind(value):
    return value if value == "null" else next(iter(value))


def difference(text, theirs, our):
    """Returns the difference in words, or None."""
    if theirs["ok"] and not theirs["dropped"]:
        if not our["ok"]:
            if our["error"]["kind"] == "bad_limit" and theirs["filter"]["limit"] >= 2**64:
                return None
            return "only the official parser accepts it"
        if our["filter"] != theirs["filter"]:
            return "the trees differ"
    elif our["ok"]:
        theirs = official(without_extensions(text))
        if not theirs["ok"] or theirs["dropped"]:
            return "only our parser accepts it"
        if shape(our["filter"]) != shape(theirs["filter"]):
            return "the trees differ once its extensions are replaced"
    return None


# Expressions to compare on

NAMES = ["a", "os", "accountId", "a-5", "android", "notes", "innings", "order", "limits", "x.y", "a_b", "N1", "NULL", "And", "nullx", "T", "Z", "_id", "@type", "été"]
NUMBERS = ["0", "5", "10", "007", "90", "1611639470000", "-5", "-5.0", "3.14", "2021", "20210420"]
DATES = ["2021-04-20", "1999-12-31", "2021-02-30", "2021-01-00"]
TIMES = ["T12:30:45Z", "T00:00:00Z", "T24:59:59Z", "T15:45:49.234Z", "T12:30:45+01:00"]
STRING_PARTS = ["a", " ", "mojave", "\\", "\\\\", "\\'", '\\"', "\\n", "\\t", "'", '"', "(", ")", " and ", "\n", "é", ";", "\\x", ""]
NEAR_TOKENS = [
    "2021-04-2", "2021-13-01", "2021-04-32", "2021-04-201", "2021-04-20T12:30:45", "2021-04-20T25:00:00Z", "2021-04-20T12:30:45+01:00",
    "2021-04-20T12:30:45.Z", "5abc", "5.", ".5", "--5", "-", "!", "==", "<>", "=>", "!==", "True", "true", "FALSE", "null", "NULL", "null.",
    "and", "OR", "not", "NOT", "in", "IN", "between", "contains", "CONTAINS", "limit", "LIMIT", "(", ")", ",", "''", '""', "'", '"', "\\",
    "_a", "@a", "$a", "é", "aé", ";", "#", "\u00a0", "\v", "5and", "and5", "01", "1.5.2", "'\\'", '"\\"', "'a\\\\'",
]
CHARACTERS = "aAnNoOtTdDrRiIzZ059-+.:_ \t\n\r\f\v()'\"\\=!<>,;@$é"


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def expression(self):
        tokens = self.filter()
        damage = self.random.random()
        if damage < 0.3:
            for _ in range(self.random.randint(1, 2)):
                self.damage_tokens(tokens)
        text = self.joined(tokens)
        if damage > 0.75:
            for _ in range(self.random.randint(1, 3)):
                text = self.damage_characters(text)
        return text

    def chance(self, probability):
        return self.random.random() < probability

    def either(self, *choices):
        return self.random.choice(choices)

    def filter(self):
        limit = [self.either("limit", "LIMIT"), self.either("10", "99", "100", "5", "0", "05", "18446744073709551615")]
        if self.chance(0.05):
            return limit
        return self.predicate(self.random.randint(0, 4)) + (limit if self.chance(0.2) else [])

    def predicate(self, depth):
        shape = self.random.random() if depth > 0 else 1
        if shape < 0.35:
            return self.predicate(depth - 1) + [self.either("and", "AND", "or", "OR")] + self.predicate(depth - 1)
        if shape < 0.5:
            return [self.either("not", "NOT")] + self.predicate(depth - 1)
        if shape < 0.7:
            return ["("] + self.predicate(depth - 1) + [")"]
        return self.test()

    def test(self):
        shape = self.random.random()
        name = [self.either(*NAMES)]
        if shape < 0.45:
            return name + [self.either(">", ">=", "<", "<=", "=", "!=", "contains", "CONTAINS"), self.value()]
        if shape < 0.55:
            return name + [self.either("=", "!="), self.either("TRUE", "True", "true", "FALSE", "False", "false")]
        if shape < 0.7:
            return name + [self.either("between", "BETWEEN"), self.value(), self.either("and", "AND"), self.value()]
        if shape < 0.85:
            values = [self.value()]
            for _ in range(self.random.randint(0, 3)):
                values += [",", self.value()]
            return name + [self.either("in", "IN"), "("] + values + [")"]
        return name if shape < 0.93 else [self.value()]

    def value(self):
        shape = self.random.random()
        if shape < 0.4:
            quote = self.either("'", '"')
            body = "".join(self.either(*STRING_PARTS) for _ in range(self.random.randint(0, 4)))
            if self.chance(0.8):
                body = body.replace("\\" + quote, "").replace(quote, "\\" + quote)
            return quote + body + quote
        if shape < 0.75:
            return self.either(*NUMBERS)
        if shape < 0.95:
            return self.either(*DATES) + (self.either(*TIMES) if self.chance(0.5) else "")
        return "null"

    def joined(self, tokens):
        loose = self.chance(0.8)
        text = self.blank() if self.chance(0.1) else ""
        for token in tokens:
            text += token
            if loose or self.chance(0.5):
                text += self.blank()
        return text

    def blank(self):
        return " " if self.chance(0.9) else self.either("\t", "\n", "\r\n", "\f", "  ")

    def damage_tokens(self, tokens):
        at = self.random.randrange(len(tokens))
        action = self.random.randrange(5)
        if action == 0:
            tokens[at] = self.either(*NEAR_TOKENS)
        elif action == 1:
            tokens.insert(at, self.either(*NEAR_TOKENS))
        elif action == 2 and len(tokens) > 1:
            del tokens[at]
        elif action == 3:
            tokens.insert(at, tokens[self.random.randrange(len(tokens))])
        else:
            other = self.random.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]

    def damage_characters(self, text):
        at = self.random.randint(0, len(text))
        action = self.random.randrange(3)
        if action == 0:
            return text[:at] + self.either(*CHARACTERS) + text[at:]
        if action == 1:
            return text[:at] + text[at + 1 :]
        return text[:at] + self.either(*CHARACTERS) + text[at + 1 :]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--count", type=int, default=10_000, help="how many expressions to generate")
    arguments.add_argument("--seed", type=int, default=None, help="generates the same expressions every time")
    arguments.add_argument("--file", type=Path, help="compare these expressions instead, one JSON string per line")
    arguments.add_argument("--record", type=Path, help="write the verdicts of the official parser to this file, one JSON object per line")
    arguments.add_argument("--ours", default=OUR_COMMAND, help="the command that runs our parser, by default from this repository")
    options = arguments.parse_args()

    if options.file:
        texts = [json.loads(line) for line in options.file.read_text(encoding="utf-8").split("\n") if line]
    else:
        seeds = [FIXED_SEED, random.randrange(2**32)] if options.seed is None else [options.seed]
        print("seeds:", *seeds)
        makers = [Maker(seed) for seed in seeds]
        texts = [makers[number % len(makers)].expression() for number in range(options.count)]

    with Pool() as pool:
        official_verdicts = pool.map(official, texts, chunksize=500)
    if options.record:
        lines = (json.dumps({"text": text} | verdict) + "\n" for text, verdict in zip(texts, official_verdicts))
        options.record.write_text("".join(lines), encoding="utf-8")

    verdicts = Counter()
    differences = 0
    for text, theirs, our in zip(texts, official_verdicts, ours(texts, options.ours)):
        official_verdict = "rejects" if not theirs["ok"] else "drops characters from" if theirs["dropped"] else "accepts"
        verdicts[f"official {official_verdict}, ours {'accepts' if our['ok'] else 'rejects'}"] += 1
        if wrong := difference(text, theirs, our):
            differences += 1
            print(f"{json.dumps(text)}: {wrong}\n  official {json.dumps(theirs)}\n  ours     {json.dumps(our)}")
    for verdict, count in sorted(verdicts.items()):
        print(f"{count:8} {verdict}")
    print(f"{len(texts)} expressions, {differences} differences")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
