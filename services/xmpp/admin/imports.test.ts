import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { verifyPassword } from "../domain/scram.ts";
import { ApiStage, bearer, refused } from "../testing/api-stage.ts";

const surnames = "Иванов Петров Сидоров Кузнецов Смирнов Попов Васильев Соколов Михайлов Новиков".split(" ");
const firstNames = ["Юрий Петрович", "Алёна", "Щукарь"];
const pupils = surnames.flatMap((surname) => firstNames.map((first) => `${surname} ${first}`));

test("a class of thirty with Russian names is imported in one step, each with a password of their own", async () => {
  await using stage = await ApiStage.open();
  const text = `\ufeffdisplay name;email\r\n${pupils.map((name) => `${name};\r\n`).join("")}`;
  const answer = await stage.ask("POST", "/import?group=5%D0%B0", text);
  assert.deepEqual([answer.status, answer.json.created, answer.json.users.length], [200, 30, 30]);
  assert.equal(new Set(answer.json.users.map(({ password }) => password)).size, 30);
  const [first] = answer.json.users;
  assert.deepEqual([first?.line, first?.name, first?.outcome], [2, "ivanov.yuriy", "created"]);
  const stored = stage.accounts.find("ivanov.yuriy");
  assert.deepEqual(
    [stored?.displayName, stored?.group, stored?.role, stored?.isOneTimePassword],
    ["Иванов Юрий Петрович", "5а", "pupil", true],
  );
  const credential = stored?.credentials[0] ?? assert.fail();
  assert.ok(await verifyPassword(credential, first?.password ?? ""));
});

test("the table of passwords comes as CSV where that is asked for, and can be imported again", async () => {
  await using stage = await ApiStage.open();
  const text = 'name,display name,password\nanna,"Петрова, Анна",\nboris,Борис,correct horse\n';
  const asCsv = { ...bearer, Accept: "text/csv" };
  const answer = await stage.ask("POST", "/import", text, asCsv);
  const [head, first, second] = answer.text.split("\r\n");
  assert.equal(head, "name,display name,role,group,password");
  assert.match(first ?? "", /^anna,"Петрова, Анна",pupil,,[a-z2-9-]{15}$/);
  assert.equal(second, "boris,Борис,pupil,,");
  assert.equal((await stage.ask("POST", "/import?existing=update", answer.text, asCsv)).status, 200);
});

test("of a file with one fault nothing is written, and every fault is told with its line", async () => {
  await using stage = await ApiStage.open();
  await stage.ask("POST", "/users", { name: "clara", password: "correct horse" });
  const answer = await stage.ask("POST", "/import", "name,role\nanna,\nboris,king\nclara,\n");
  refused(answer, 400, "invalid-argument", /nothing was imported: 2 faults/);
  const lines = answer.json.error.faults?.map(({ line }) => line);
  assert.deepEqual(lines, [3, 4]);
  assert.equal(stage.accounts.size, 1);
});

test("of many faults the first hundred are told, and how many there are", async () => {
  await using stage = await ApiStage.open();
  const answer = await stage.ask("POST", "/import", `name\n${"?\n".repeat(150)}`);
  refused(answer, 400, "invalid-argument", /150 faults, the first 100 of them/);
  assert.equal(answer.json.error.faults?.length, 100);
});

test("a file that is no CSV, no UTF-8 or asks for what there is not is refused", async () => {
  await using stage = await ApiStage.open();
  const csv = { ...bearer, "Content-Type": "text/csv" };
  const latin = await fetch(`http://127.0.0.1:${stage.port}/api/v1/import`, {
    method: "POST",
    headers: csv,
    body: Uint8Array.of(0xe8, 0xec, 0xff),
  });
  assert.match(await latin.text(), /not in UTF-8: save it as/);
  const open = await stage.ask("POST", "/import", 'name\n"anna');
  assert.deepEqual(open.json.error.faults, [{ line: 2, fault: "a quote that is opened here is not closed" }]);
  refused(
    await stage.ask("POST", "/import?existing=maybe&role=x", "name\na"),
    400,
    "invalid-argument",
    /existing: .*role: /,
  );
  refused(await stage.ask("POST", "/import?exist=skip", "name\na"), 400, "invalid-argument", /no such parameter/);
});

test("a dry run says what would happen and writes nothing", async () => {
  await using stage = await ApiStage.open();
  const answer = await stage.ask("POST", "/import?dryRun=true", "display name\nПетрова Анна\n");
  assert.deepEqual([answer.json.created, answer.json.users[0]?.name], [1, "petrova.anna"]);
  assert.deepEqual([answer.json.users[0]?.password, stage.accounts.size], [undefined, 0]);
});

test("accounts that are there keep their passwords unless new ones are asked for", async () => {
  await using stage = await ApiStage.open();
  await stage.ask("POST", "/users", { name: "anna", password: "correct horse", group: "5" });
  const kept = await stage.ask("POST", "/import?existing=update", "name,group\nanna,6\n");
  assert.deepEqual([kept.json.updated, kept.json.users[0]?.password], [1, undefined]);
  const isRight = async (password: string) => {
    const [credential] = stage.accounts.find("anna")?.credentials ?? [];
    return credential !== undefined && verifyPassword(credential, password);
  };
  assert.deepEqual([stage.accounts.find("anna")?.group, await isRight("correct horse")], ["6", true]);
  const reset = await stage.ask("POST", "/import?existing=update&resetPasswords=true", "name\nanna\n");
  assert.ok(await isRight(reset.json.users[0]?.password ?? ""));
  const skipped = await stage.ask("POST", "/import?existing=skip", "name,group\nanna,7\n");
  assert.deepEqual([skipped.json.skipped, stage.accounts.find("anna")?.group], [1, "6"]);
});

test("an import that fails half-way is taken back", async () => {
  await using stage = await ApiStage.open();
  await stage.ask("POST", "/users", { name: "anna", password: "correct horse", group: "5" });
  const add = stage.accounts.add.bind(stage.accounts);
  stage.accounts.add = (account) =>
    account.name === "last" ? Promise.reject(new VecheError("unavailable", "no storage")) : add(account);
  const text = "name,group\nanna,6\nboris,6\nlast,6\n";
  refused(await stage.ask("POST", "/import?existing=update", text), 503, "unavailable", /no storage/);
  assert.deepEqual([stage.accounts.find("anna")?.group, stage.accounts.find("boris")], ["5", undefined]);
});

test("one import at a time", async () => {
  await using stage = await ApiStage.open();
  const text = `name\n${Array.from({ length: 20 }, (_, index) => `p${index}`).join("\n")}`;
  const answers = await Promise.all([stage.ask("POST", "/import", text), stage.ask("POST", "/import", text)]);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 429]);
});
