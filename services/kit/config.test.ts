import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  alsoNamed,
  ConfigError,
  choice,
  commonSchema,
  configTable,
  describeConfig,
  duration,
  flag,
  integer,
  list,
  number,
  port,
  readConfig,
  type Schema,
  secret,
  text,
  url,
} from "./config.ts";

const schema = {
  DOMAIN: text("meet.jitsi", "The domain."),
  PORT: port(5280, "The port."),
  SHARE: number(0.8, { min: 0, max: 1 }, "The share."),
  COUNT: integer(3, { min: 0, max: 10 }, "The count."),
  IS_ON: flag(false, "Whether."),
  WAIT: duration("60s", "The wait.", { min: 1, max: 3_600_000 }),
  HOSTS: list([], "The hosts."),
  MODE: choice(["auto", "off"], "auto", "The mode."),
  KEY: secret("The key.", { default: "" }),
  ORIGIN: url("", "The origin.", { protocols: ["https", "http"] }),
};

function faultsOf(given: Schema, env: Record<string, string>): readonly string[] {
  try {
    readConfig(given, env);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
}

test("without an environment everything has its default", () => {
  assert.deepEqual(readConfig(schema, {}), {
    DOMAIN: "meet.jitsi",
    PORT: 5280,
    SHARE: 0.8,
    COUNT: 3,
    IS_ON: false,
    WAIT: 60_000,
    HOSTS: [],
    MODE: "auto",
    KEY: "",
    ORIGIN: "",
  });
});

test("what is given is read with its type; 0 and the empty text are values", () => {
  const env = {
    DOMAIN: "",
    PORT: "0",
    SHARE: "0.25",
    COUNT: "0",
    IS_ON: "1",
    WAIT: "250ms",
    HOSTS: " a, b ,,c",
    MODE: "off",
    KEY: "x",
    ORIGIN: "https://meet.example",
  };
  assert.deepEqual(readConfig(schema, env), {
    DOMAIN: "",
    PORT: 0,
    SHARE: 0.25,
    COUNT: 0,
    IS_ON: true,
    WAIT: 250,
    HOSTS: ["a", "b", "c"],
    MODE: "off",
    KEY: "x",
    ORIGIN: "https://meet.example",
  });
});

test("all faults are told together, with the variable, what was expected and what was found", () => {
  const env = {
    PORT: "65536",
    SHARE: "2",
    COUNT: "",
    IS_ON: "maybe",
    WAIT: "2h",
    MODE: "on",
    ORIGIN: "ftp://x",
  };
  assert.deepEqual(faultsOf(schema, env), [
    'PORT: expected a whole number from 0 to 65535, found "65536"',
    'SHARE: expected a number from 0 to 1, found "2"',
    'COUNT: expected a whole number from 0 to 10, found ""',
    'IS_ON: expected true or false (1, 0, yes, no, on, off), found "maybe"',
    'WAIT: expected a time like 250ms, 60s, 10m, 3h or 30d from 1ms to 1h, found "2h"',
    'MODE: expected one of auto, off, found "on"',
    'ORIGIN: expected an absolute URL (https://…, http://…), found "ftp://x"',
  ]);
});

test("what has no default is required", () => {
  assert.deepEqual(faultsOf({ KEY: secret("The key."), NAME: text(undefined, "The name.") }, {}), [
    "KEY: required (secret): The key.",
    "NAME: required (text): The name.",
  ]);
});

test("a text may have to look a certain way", () => {
  const given = { REGION: text("eu", "The region.", { pattern: /^[a-z]+$/, expected: "lower-case letters" }) };
  assert.deepEqual(faultsOf(given, { REGION: "E U" }), ['REGION: expected lower-case letters, found "E U"']);
});

test("a secret may be in a file, and is never shown", () => {
  const folder = mkdtempSync(join(tmpdir(), "veche-config-"));
  try {
    const path = join(folder, "key");
    writeFileSync(path, "s3cret\n");
    assert.equal(readConfig(schema, { KEY_FILE: path }).KEY, "s3cret");
    const shown = describeConfig(schema, { KEY_FILE: path, ORIGIN: "https://user:s3cret@meet.example" });
    assert.doesNotMatch(JSON.stringify(shown), /s3cret/);
    assert.deepEqual(
      shown.find(({ name }) => name === "KEY"),
      { name: "KEY", value: "***", from: "file", sentence: "The key." },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a secret given twice, or in a file that is not there, is a fault", () => {
  assert.deepEqual(faultsOf(schema, { KEY: "a", KEY_FILE: "/x" }), ["KEY: give it or KEY_FILE, not both"]);
  assert.match(faultsOf(schema, { KEY_FILE: "/nowhere/at/all" })[0] ?? "", /^KEY_FILE: ENOENT/);
});

test("a fault never shows a secret in a URL", () => {
  const [fault] = faultsOf(schema, { ORIGIN: "ftp://user:s3cret@x" });
  assert.doesNotMatch(fault ?? "", /s3cret/);
});

test("the table of a README has a line for each setting", () => {
  assert.equal(
    configTable({
      PORT: port(5280, "The port."),
      KEY: secret("The key."),
      ...schemaOf("NATS_USER"),
      WAIT: duration("90s", "The wait."),
      O: url("", "The origin."),
    }),
    [
      "| name | type | default | |",
      "|---|---|---|---|",
      "| `PORT` | port | `5280` | The port. |",
      "| `KEY`, `KEY_FILE` | secret | required | The key. |",
      "| `NATS_USER` | text | (the role's name) | The role's NATS user; empty connects without one. |",
      "| `WAIT` | duration | `90s` | The wait. |",
      "| `O` | url | (empty) | The origin. |",
    ].join("\n"),
  );
});

test("what every role understands has defaults", () => {
  const config = readConfig(commonSchema, {});
  assert.deepEqual([config.NATS_URL, config.VECHE_UNIT, config.LOG_LEVEL], ["nats://127.0.0.1:4222", "main", "info"]);
});

function schemaOf(name: keyof typeof commonSchema): Schema {
  return { [name]: commonSchema[name] };
}

test("other names are read where its own is not set, and a fault calls it as it was given", () => {
  const named = {
    JVB_REGION: alsoNamed(text("", "The region."), "JVB_OCTO_REGION", "REGION"),
    PORT: alsoNamed(port(1, "A port."), "OLD_PORT"),
  };
  const read = (env: Record<string, string>) => readConfig(named, env).JVB_REGION;
  assert.equal(read({ JVB_OCTO_REGION: "eu" }), "eu");
  assert.equal(read({ JVB_OCTO_REGION: "", REGION: "us" }), "us");
  assert.equal(read({ JVB_REGION: "", JVB_OCTO_REGION: "eu" }), "", "its own wins, empty too");
  assert.deepEqual(faultsOf(named, { OLD_PORT: "x" }), [
    'OLD_PORT: expected a whole number from 0 to 65535, found "x"',
  ]);
  assert.match(configTable(named), /^\| `JVB_REGION`, `JVB_OCTO_REGION`, `REGION` \| text/m);
});
