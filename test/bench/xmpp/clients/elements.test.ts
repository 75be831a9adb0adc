import assert from "node:assert/strict";
import { test } from "node:test";
import { eachElement } from "./elements.ts";

function elementsIn(body: string): string[] {
  const found: string[] = [];
  const buffer = Buffer.from(`xx${body}yy`);
  eachElement(buffer, 2, buffer.length - 2, (bytes, start, end) => found.push(bytes.toString("utf8", start, end)));
  return found;
}

test("a body is taken apart into its elements, empty ones too", () => {
  const elements = [
    "<iq type='result' id='1'/>",
    "<message id='2'><body>a/b</body></message>",
    "<presence from='a@b/c'><x xmlns='u'><item/></x></presence>",
    "<r/>",
  ];
  assert.deepEqual(elementsIn(elements.join("")), elements);
  assert.deepEqual(elementsIn(""), []);
});
