import assert from "node:assert/strict";
import { test } from "node:test";
import { findFaults } from "./imports.ts";

function faultsOf(path: string, ...imports: string[]): string[] {
  return findFaults([{ path, text: imports.map((specifier) => `import { x } from "${specifier}";`).join("\n") }]);
}

test("a role may import the kit and the contracts", () => {
  assert.deepEqual(
    faultsOf("services/focus/service.ts", "@veche/kit/bus.ts", "@veche/proto/subjects.ts", "./config.ts"),
    [],
  );
});

test("a role may not import another role, by name or by path", () => {
  assert.equal(faultsOf("services/focus/service.ts", "@veche/xmpp/service.ts", "../xmpp/service.ts").length, 2);
});

test("the contracts import nothing of ours, the kit only the contracts", () => {
  assert.equal(faultsOf("proto/subjects.ts", "@veche/kit/bus.ts").length, 1);
  assert.equal(faultsOf("services/kit/bus.ts", "@veche/focus/service.ts").length, 1);
  assert.deepEqual(faultsOf("services/kit/bus.ts", "@veche/proto/contract.ts"), []);
});

test("domain code imports its own domain and generated types, nothing else", () => {
  const path = "services/focus/domain/conference.ts";
  assert.deepEqual(faultsOf(path, "./membership.ts", "@veche/proto/gen/veche/media/v1/media_pb.ts"), []);
  for (const forbidden of ["node:fs", "@veche/kit/clock.ts", "../service.ts", "pino", "@veche/proto/subjects.ts"])
    assert.equal(faultsOf(path, forbidden).length, 1, forbidden);
  assert.deepEqual(faultsOf("services/focus/domain/conference.test.ts", "node:test"), []);
});

test("a library is imported from one directory of a folder", () => {
  const user = (path: string) => ({ path, text: 'import type { Router } from "mediasoup/types";' });
  assert.deepEqual(findFaults([user("services/videobridge/edge/a.ts"), user("services/videobridge/edge/b.ts")]), []);
  const faults = findFaults([user("services/videobridge/edge/a.ts"), user("services/videobridge/conference/b.ts")]);
  assert.match(faults.join(), /mediasoup in services\/videobridge: expected one directory/);
});

test("imports over several lines, re-exports and dynamic imports count; comments do not", () => {
  const text = [
    'import {\n  a,\n  b,\n} from "@veche/focus/a.ts";',
    'export { c } from "@veche/focus/b.ts";',
    `const d = await import(${JSON.stringify("@veche/focus/c.ts")});`,
    '// import { e } from "@veche/focus/d.ts";',
    '/* import { f } from "@veche/focus/e.ts"; */',
  ].join("\n");
  assert.equal(findFaults([{ path: "services/web/service.ts", text }]).length, 3);
});

test("the web app's protocol knows no signals, and its models know no pages", () => {
  const app = "services/web/app/src";
  assert.deepEqual(faultsOf(`${app}/protocol/xmpp/a.ts`, "../xml/element.ts"), []);
  assert.equal(faultsOf(`${app}/protocol/xmpp/a.ts`, "@preact/signals-core").length, 1);
  assert.equal(faultsOf(`${app}/protocol/xmpp/a.ts`, "../../model/app.ts").length, 1);
  assert.deepEqual(faultsOf(`${app}/model/call/a.ts`, "../../protocol/xml/element.ts", "@preact/signals-core"), []);
  assert.equal(faultsOf(`${app}/model/call/a.ts`, "preact").length, 1);
  assert.equal(faultsOf(`${app}/model/call/a.ts`, "../../ui/app-view.tsx").length, 1);
});
