import assert from "node:assert/strict";
import { test } from "node:test";
import { readBody, readPoll } from "./xep0124-bosh.ts";
import { parseXml } from "./xml/parse.ts";

const namespace = "http://jabber.org/protocol/httpbind";
const bounds = { length: 1_000, depth: 8, attributes: 8, children: 8 };

test("an empty request reads the same with and without the parser", () => {
  const polls = [
    `<body rid='12' xmlns='${namespace}' sid='0a1b'/>`,
    `<body xmlns="${namespace}" sid="0a1b" rid="12" />`,
    `<body sid="0a1b" rid='12' xmlns="${namespace}"></body>`,
  ];
  for (const poll of polls) {
    const parsed = parseXml(poll, bounds);
    const body = parsed.ok ? readBody(parsed.root) : undefined;
    assert.deepEqual(readPoll(poll), body?.ok ? body.value : undefined, poll);
  }
});

test("whatever else a request says or gets wrong is left to the parser", () => {
  const others = [
    `<body rid="12" xmlns="${namespace}"/>`,
    `<body rid="12" rid="13" sid="0a1b" xmlns="${namespace}"/>`,
    `<body rid="12" sid="0a1b" xmlns="${namespace}" type="terminate"/>`,
    `<body rid="12" sid="0a1b" xmlns="${namespace}"><presence/></body>`,
    `<body rid="12" sid="0a1b" xmlns="${namespace}"/><x/>`,
    `<body rid="1&#50;" sid="0a1b" xmlns="${namespace}"/>`,
    `<body rid="-1" sid="0a1b" xmlns="${namespace}"/>`,
    '<body rid="12" sid="0a1b" xmlns="jabber:client"/>',
    `<body rid="12" sid="../" xmlns="${namespace}"/>`,
    `<body rid="12"sid="0a1b" xmlns="${namespace}"/>`,
    "",
  ];
  for (const other of others) assert.equal(readPoll(other), undefined, other);
});
