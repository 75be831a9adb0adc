import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Permissions } from "./permission.ts";

class Status extends EventTarget {
  state: PermissionState;
  constructor(state: PermissionState) {
    super();
    this.state = state;
  }
  become(state: PermissionState): void {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

const statuses = { microphone: new Status("prompt"), camera: new Status("prompt") };
const passedOn = new Set(["microphone", "camera"]);

function set(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

beforeEach(() => {
  statuses.microphone = new Status("prompt");
  statuses.camera = new Status("prompt");
  set(navigator, "permissions", { query: async ({ name }: { name: "microphone" | "camera" }) => statuses[name] });
  set(globalThis, "document", { featurePolicy: { allowsFeature: (name: string) => passedOn.has(name) } });
});

afterEach(() => {
  Reflect.deleteProperty(navigator, "permissions");
  Reflect.deleteProperty(globalThis, "document");
});

async function watched() {
  const allowed: string[] = [];
  const permissions = new Permissions((what) => allowed.push(what));
  await new Promise(setImmediate);
  return { permissions, allowed };
}

test("an open question is known, and over once it is answered", async () => {
  const { permissions } = await watched();
  assert.equal(permissions.isAsking.value, true);
  statuses.microphone.become("granted");
  statuses.camera.become("denied");
  assert.equal(permissions.isAsking.value, false);
});

test("what was refused and is allowed later is opened; what was only asked for is opened by whoever asked", async () => {
  const { allowed } = await watched();
  statuses.microphone.become("granted");
  statuses.camera.become("denied");
  assert.deepEqual(allowed, []);
  statuses.camera.become("granted");
  assert.deepEqual(allowed, ["camera"]);
});

test("who stands in the way: the browser, the system below it, or the page around", async () => {
  statuses.camera = new Status("granted");
  const { permissions } = await watched();
  assert.equal(permissions.obstacle("microphone"), "browser");
  assert.equal(permissions.obstacle("camera"), "system");
  passedOn.delete("camera");
  assert.equal(permissions.obstacle("camera"), "frame");
  passedOn.add("camera");
});

test("a browser that says nothing of permissions is taken at its word when it refuses", async () => {
  set(navigator, "permissions", undefined);
  set(globalThis, "document", {});
  const { permissions } = await watched();
  assert.equal(permissions.isAsking.value, false);
  assert.equal(permissions.obstacle("camera"), "browser");
});
