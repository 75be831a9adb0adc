/** Somebody's name, messages and room are script: on other people's pages they are text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, type Identity, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const script = `<img src=x onerror="pwned=1"><svg/onload=pwned=1>`;
const attacker: Identity = { ...vera, name: `${script.slice(0, 30)}">` };
const room = "a lesson<svg onload=pwned=1>";
const lines = [
  script,
  `"'><script>pwned=1</script>`,
  "javascript:pwned=1",
  'https://example.org/"onmouseover=pwned=1//',
  "data:text/html,<script>pwned=1</script>",
  "&lt;img src=x onerror=pwned=1&gt; &#x3c;script&#x3e;",
];

test("what somebody calls themselves and says is shown as it is written, and never runs", { skip }, async () => {
  const { stack, browser } = scene;
  const reader = await Participant.join(browser, stack.roomUrl(room), anna);
  const writer = await Participant.join(browser, stack.roomUrl(room), attacker);
  await allPerceiveAll([reader, writer]);
  await reader.until("reads the name", ({ participants }) => participants.some(({ name }) => name === attacker.name));
  await reader.press("chat");
  for (const line of lines) await writer.say(line);
  await reader.until("has every line", ({ chat }) => chat.length === lines.length);
  const shown = (await reader.page.textContent("body")) ?? "";
  for (const text of [...lines, attacker.name]) assert.ok(shown.includes(text), `${text} in ${shown}`);
  for (const { page } of [reader, writer]) {
    assert.equal(await page.evaluate("typeof pwned"), "undefined");
    assert.equal(await page.locator("[onerror],[onload],[onmouseover],script:not([src]):not([type])").count(), 0);
    const protocols = await page.evaluate<string[]>("[...document.querySelectorAll('a[href]')].map((a) => a.protocol)");
    assert.ok(
      protocols.every((protocol) => /^https?:$/.test(protocol)),
      String(protocols),
    );
  }
});
