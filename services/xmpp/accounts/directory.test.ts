import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { AccountSchema } from "@veche/proto/gen/veche/xmpp/v1/accounts_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { deriveCredential, type ScramCredential } from "../domain/scram.ts";
import { AccountDirectory, type NewAccount } from "./directory.ts";
import { accountKey } from "./stored.ts";

const clock = new ManualClock(1_000);
const credential = await deriveCredential("SCRAM-SHA-256", "secret", { iterations: 1 });
const older = await deriveCredential("SCRAM-SHA-1", "secret", { iterations: 1 });

function person(name: string, fields: Partial<NewAccount> = {}): NewAccount {
  const password = { credentials: [credential, older], isOneTime: true };
  return { name, displayName: name.toUpperCase(), email: "", role: "pupil", group: "", password, ...fields };
}

/** Two processes on one network. */
async function two(inAll = 100) {
  const network = new MemoryNetwork();
  const buses = [new MemoryBus(network, { role: "xmpp" }), new MemoryBus(network, { role: "xmpp" })] as const;
  const open = (bus: MemoryBus) => AccountDirectory.open(bus, { clock, log: silentLog, limits: { inAll } });
  return { network, buses, first: await open(buses[0]), second: await open(buses[1]) };
}

const hasCode = (code: string) => (error: unknown) => error instanceof VecheError && error.code === code;
const all = { after: "", limit: 1_000 };
const namesOf = ({ accounts }: { accounts: readonly { name: string }[] }) => accounts.map(({ name }) => name);

test("an account that one process adds can sign in at the other, with the same credentials", async () => {
  const { network, first, second } = await two();
  await first.add(person("анна", { displayName: "Анна", role: "teacher", group: "5а" }));
  assert.equal(first.find("анна")?.displayName, "Анна");
  await network.idle();
  const found = second.find("анна");
  assert.deepEqual(found?.credentials, [credential, older] satisfies ScramCredential[]);
  assert.deepEqual([found?.role, found?.group, found?.isOneTimePassword], ["teacher", "5а", true]);
});

test("a name is given once", async () => {
  const { first, second } = await two();
  const outcomes = await Promise.allSettled([first.add(person("anna")), second.add(person("anna"))]);
  const refused = outcomes.filter(({ status }) => status === "rejected");
  assert.equal(refused.length, 1);
  await assert.rejects(second.add(person("anna")), hasCode("already-exists"));
});

test("two administrators who change one account at once both keep what they changed", async () => {
  const { network, first, second } = await two();
  await first.add(person("anna"));
  await Promise.all([first.change("anna", { email: "a@school.example" }), second.change("anna", { group: "7b" })]);
  await network.idle();
  for (const directory of [first, second]) {
    const { email, group } = directory.find("anna") ?? {};
    assert.deepEqual({ email, group }, { email: "a@school.example", group: "7b" });
  }
});

test("a change that names a revision is refused once somebody else was faster", async () => {
  const { first, second } = await two();
  const { revision } = await first.add(person("anna"));
  await second.change("anna", { group: "7b" }, { revision });
  await assert.rejects(first.change("anna", { group: "8c" }, { revision }), hasCode("failed-precondition"));
});

test("what is not there can be neither changed nor removed", async () => {
  const { first } = await two();
  await assert.rejects(first.change("nobody", { group: "1" }), hasCode("not-found"));
  await assert.rejects(first.remove("nobody"), hasCode("not-found"));
});

test("who is removed is gone at once and may be added again; their streams are over everywhere", async () => {
  const { network, first, second } = await two();
  const told: string[] = [];
  second.onSignedOut((name) => told.push(name));
  await first.add(person("anna"));
  await network.idle();
  assert.ok(second.mayStay("anna", clock.now()));
  await first.remove("anna");
  assert.equal(first.find("anna"), undefined);
  await network.idle();
  assert.equal(second.mayStay("anna", clock.now()), false);
  assert.deepEqual(told, ["anna"]);
  await clock.advance(10);
  await second.add(person("anna"));
  assert.equal(second.mayStay("anna", clock.now() - 5), false);
});

for (const [what, change, isOver] of [
  ["disabling", { isDisabled: true }, true],
  ["taking away the right to moderate", { role: "pupil" }, true],
  ["a new password from an administrator", { password: { credentials: [], isOneTime: true, isByOwner: false } }, true],
  ["signing out", { signOut: true }, true],
  ["a new password by the owner", { password: { credentials: [], isOneTime: false, isByOwner: true } }, false],
  ["another class", { group: "9" }, false],
  ["another display name", { displayName: "Anna" }, false],
  ["the role of an administrator", { role: "administrator" }, false],
] as const) {
  test(`${what} ${isOver ? "ends" : "leaves"} what was signed in before`, async () => {
    const { network, first, second } = await two();
    await first.add(person("anna", { role: "teacher" }));
    await network.idle();
    const told: string[] = [];
    second.onSignedOut((name) => told.push(name));
    const sinceMs = clock.now();
    await clock.advance(1);
    await first.change("anna", change);
    await network.idle();
    assert.equal(second.mayStay("anna", sinceMs), !isOver);
    assert.deepEqual(told, isOver ? ["anna"] : []);
  });
}

test("more accounts than the limit are refused", async () => {
  const { first } = await two(2);
  await first.add(person("a"));
  await first.add(person("b"));
  await assert.rejects(first.add(person("c")), hasCode("resource-exhausted"));
});

test("the list goes by name, page by page, and stays in order as accounts come and go", async () => {
  const { first } = await two();
  for (const name of ["d", "b", "e"]) await first.add(person(name));
  assert.deepEqual(namesOf(first.list({}, all)), ["b", "d", "e"]);
  for (const name of ["a", "c"]) await first.add(person(name));
  await first.remove("d");
  const page = first.list({}, { after: "", limit: 3 });
  assert.deepEqual([namesOf(page), page.total, page.next], [["a", "b", "c"], 4, "c"]);
  const rest = first.list({}, { after: "c", limit: 3 });
  assert.deepEqual([namesOf(rest), rest.total, rest.next], [["e"], 4, undefined]);
});

test("the list is narrowed by role, class and text, in any case", async () => {
  const { first } = await two();
  await first.add(person("anna", { role: "teacher", displayName: "Анна Петрова", email: "anna@school.example" }));
  await first.add(person("boris", { group: "5а", displayName: "Борис Иванов" }));
  await first.add(person("clara", { group: "5а" }));
  assert.deepEqual(namesOf(first.list({ role: "teacher" }, all)), ["anna"]);
  assert.deepEqual(namesOf(first.list({ group: "5а" }, all)), ["boris", "clara"]);
  assert.deepEqual(namesOf(first.list({ text: "ПЕТРОВА" }, all)), ["anna"]);
  assert.deepEqual(namesOf(first.list({ text: "school.example" }, all)), ["anna"]);
  assert.deepEqual(namesOf(first.list({ group: "5а", text: "иванов" }, all)), ["boris"]);
});

test("a record with a role and a mechanism of a later version is read with the least rights", async () => {
  const { network, buses, first } = await two();
  const bucket = await buses[1].bucket(buckets.accounts, AccountSchema);
  const strange = { mechanism: "SCRAM-SHA-512", iterations: 1, salt: Uint8Array.of(1) };
  await bucket.put(accountKey("zoe"), { name: "zoe", role: "director", credentials: [strange] });
  await bucket.put(accountKey("yan"), { name: "another", role: "administrator" });
  await network.idle();
  const { role, credentials } = first.find("zoe") ?? {};
  assert.deepEqual({ role, credentials }, { role: "pupil", credentials: [] });
  assert.deepEqual([first.find("yan"), first.find("another")], [undefined, undefined]);
});
