import assert from "node:assert/strict";
import { test } from "node:test";
import { AcmeProblem, explain } from "./problem.ts";

const here = { authority: "acme.example", names: ["meet.example"], httpPort: 8000 };

test("an operator is told what to change, and what the authority said", () => {
  const cases: readonly (readonly [type: string, detail: string, words: RegExp])[] = [
    ["connection", "timeout", /port 80 of that address has to lead to port 8000 here/],
    ["dns", "NXDOMAIN", /the name meet\.example doesn't lead here: it needs an A or AAAA record/],
    ["unauthorized", "Invalid response", /somebody else answers at http:\/\/meet\.example\/\.well-known/],
    ["incorrectResponse", "keyAuthorization does not match", /somebody else answers/],
    ["rejectedIdentifier", "policy", /LETSENCRYPT_DOMAIN has to be a name it accepts/],
    ["caa", "CAA record prevents issuance", /change its CAA record/],
    ["rateLimited", "too many", /a limit of the authority is reached/],
    ["invalidContact", "example.com", /LETSENCRYPT_EMAIL/],
    ["externalAccountRequired", "eab", /VECHE_ACME_EAB_KID and VECHE_ACME_EAB_HMAC_KEY/],
    ["invalidProfile", "unknown", /VECHE_ACME_PROFILE/],
    ["somethingNew", "whatever", /the authority refuses \(somethingNew\)/],
  ];
  for (const [type, detail, words] of cases) {
    const text = explain(new AcmeProblem(type, detail), here);
    assert.match(text, words);
    assert.ok(text.includes(`acme.example says: ${detail}`), text);
  }
  assert.equal(explain(new Error("disk full"), here), "disk full");
});

test("of several names the one that failed is named", () => {
  const problem = new AcmeProblem("dns", "NXDOMAIN", { names: ["lessons.example"] });
  assert.match(explain(problem, here), /the name lessons\.example doesn't/);
});
