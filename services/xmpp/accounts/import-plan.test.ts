import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "@veche/kit/testing/stage.ts";
import { defaultLimits } from "../limits.ts";
import { readCsv } from "./csv.ts";
import { checkName } from "./fields.ts";
import { type ImportOptions, planImport } from "./import-plan.ts";

type Person = { readonly name: string; readonly displayName: string; readonly group: string };

function plan(
  text: string,
  given: {
    options?: Partial<ImportOptions>;
    people?: readonly Person[];
    limits?: { csvRows?: number; inAll?: number };
  } = {},
) {
  const { options, people = [], limits } = given;
  const table = readCsv(text);
  assert.ok(table.ok);
  const present = {
    count: people.length,
    find: (name: string) => people.find((person) => person.name === name),
    people: () => people,
  };
  return planImport(
    table.rows,
    present,
    { existing: "error", role: "pupil", group: "", resetPasswords: false, ...options },
    { ...defaultLimits.accounts, ...limits },
  );
}

function stepsOf(planned: ReturnType<typeof plan>) {
  assert.ok(planned.ok, JSON.stringify(planned));
  return planned.steps;
}

function faultsOf(planned: ReturnType<typeof plan>): string[] {
  assert.ok(!planned.ok);
  return planned.faults.map(({ line, fault }) => `${line}: ${fault}`);
}

const anna = { name: "petrova.anna", displayName: "Петрова Анна", group: "5а" };

test("columns come in any order and spelling; what a row leaves out is taken from the options", () => {
  const text = "Group;Display_Name;ROLE;e-mail\n";
  assert.match(faultsOf(plan(text))[0] ?? "", /1: no column "e-mail": columns are name, display name/);
  const [first, second] = stepsOf(
    plan("Group;displayName;ROLE;Email\n5б;Иванов Пётр;;\n;Петрова Анна;teacher;a@b.example\n", {
      options: { group: "5а" },
    }),
  );
  assert.deepEqual(first, {
    type: "create",
    line: 2,
    name: "ivanov.petr",
    fields: { displayName: "Иванов Пётр", email: "", role: "pupil", group: "5б" },
    password: undefined,
  });
  assert.deepEqual(second?.type === "create" && second.fields, {
    displayName: "Петрова Анна",
    email: "a@b.example",
    role: "teacher",
    group: "5а",
  });
});

test("names that are missing are made, and made unique beside those that are given or taken", () => {
  const text = "name,display name\n,Иванов Пётр\n,Иванов Пётр\nivanov.petr,\n,Сидоров Олег\n";
  const people = [{ name: "sidorov.oleg", displayName: "Сидоров О.", group: "" }];
  const names = stepsOf(plan(text, { people })).map(({ name }) => name);
  assert.deepEqual(names, ["ivanov.petr2", "ivanov.petr3", "ivanov.petr", "sidorov.oleg2"]);
});

test("every fault is told with its line, and one is enough for nothing to be planned", () => {
  const text = [
    "name,display name,role,email,password",
    "anna,,director,,",
    "an na,,,,",
    "boris,,,nowhere,short",
    ",,,,verylongpassword",
    "clara,,,,",
    "clara,,,,",
    'dora,"a\nb",,,,too much',
  ].join("\n");
  assert.deepEqual(
    faultsOf(plan(text)).map((fault) => fault.replace(/: found.*/, "")),
    [
      "2: a role is administrator, teacher, pupil",
      '3: a name is letters, digits, ".", "_" and "-", and begins and ends with a letter or digit',
      '4: "nowhere" is no mail address',
      "4: a password has 8 characters at least",
      "5: there is neither a name nor a display name",
      '7: the name "clara" is on line 6 too',
      "8: a display name is one line of printable characters",
      "8: there are more fields than columns",
    ],
  );
});

test("accounts that are there are a fault, skipped, or changed in what the row names", () => {
  const text = "name,group,email\npetrova.anna,,a@b.example\n";
  const people = [anna];
  assert.deepEqual(faultsOf(plan(text, { people })), ['2: there is an account "petrova.anna" already']);
  assert.deepEqual(stepsOf(plan(text, { people, options: { existing: "skip" } })), [
    { type: "skip", line: 2, name: "petrova.anna" },
  ]);
  assert.deepEqual(stepsOf(plan(text, { people, options: { existing: "update", resetPasswords: true } })), [
    {
      type: "update",
      line: 2,
      name: "petrova.anna",
      fields: { email: "a@b.example" },
      password: undefined,
      isReset: true,
    },
  ]);
});

test("a list without names that is imported again finds the same people", () => {
  const text = "display name\nПетрова Анна\n";
  const options = { existing: "skip", group: "5а" } as const;
  assert.deepEqual(stepsOf(plan(text, { people: [anna], options })), [{ type: "skip", line: 2, name: "petrova.anna" }]);
  const namesake = { ...anna, name: "petrova.anna2" };
  assert.match(
    faultsOf(plan(text, { people: [anna, namesake], options }))[0] ?? "",
    /2 accounts \(petrova.anna, petrova.anna2\) have that display name and group/,
  );
});

test("an empty file, one without rows, too many rows and too many accounts are refused", () => {
  assert.deepEqual(faultsOf(plan("")), ["1: the file is empty"]);
  assert.deepEqual(faultsOf(plan("name\n")), ["1: there is no row below the header"]);
  assert.deepEqual(faultsOf(plan("group\n5\n")), [
    '1: the first row names the columns; "name" or "display name" has to be among them',
  ]);
  assert.deepEqual(faultsOf(plan("name,name\nx,y")), ['1: the column "name" is there twice']);
  assert.deepEqual(faultsOf(plan("name\na\nb\nc", { limits: { csvRows: 2 } })), [
    "4: a file has 2 rows at most, found 3",
  ]);
  assert.deepEqual(faultsOf(plan("name\na\nb", { people: [anna], limits: { inAll: 2 } })), [
    "2: with these there would be 3 accounts; 2 fit",
  ]);
});

test("whatever a file holds, it is planned or its faults are told", () => {
  const random = seeded(47);
  const pieces = [
    ";",
    ",",
    "\t",
    "\n",
    "\r\n",
    '"',
    '""',
    "anna",
    "Иванов Иван",
    "name",
    "display name",
    "role",
    "pupil",
  ];
  const others = [
    " ",
    "\u0000",
    "\u202e",
    "😀",
    "\ud800",
    "王",
    "ﷺ",
    "e\u0301",
    "=1+1",
    "a".repeat(300),
    "password",
    "group",
  ];
  const all = [...pieces, ...others];
  const pick = () => all[Math.floor(random() * all.length)] ?? "";
  let planned = 0;
  for (let round = 0; round < 5_000; round++) {
    const head = round % 2 === 0 ? "name;display name;group\n" : "";
    const table = readCsv(head + Array.from({ length: Math.floor(random() * 30) }, pick).join(""));
    if (!table.ok) {
      assert.ok(table.line >= 1);
      continue;
    }
    const outcome = planRows(table.rows);
    if (!outcome.ok) {
      assert.ok(outcome.faults.length > 0 && outcome.faults.every(({ line }) => line >= 1));
      continue;
    }
    planned++;
    const names = outcome.steps.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.deepEqual(checkName(name, defaultLimits.accounts), { ok: true, value: name });
  }
  assert.ok(planned > 50, `${planned} of the files could be planned`);
});

function planRows(rows: Parameters<typeof planImport>[0]) {
  const present = { count: 0, find: () => undefined, people: () => [] };
  const options = { existing: "error", role: "pupil", group: "", resetPasswords: false } as const;
  return planImport(rows, present, options, defaultLimits.accounts);
}
