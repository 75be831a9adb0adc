import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acceptTimer,
  answerTimer,
  giveUpAfterMs,
  readSessionExpires,
  refreshAfterMs,
  type TimerHeaders,
} from "./session-timer.ts";

const rules = { expires: 1_800, min: 90 };
const said = (sessionExpires?: string, given: Partial<TimerHeaders> = {}): TimerHeaders => ({
  sessionExpires,
  minSe: undefined,
  isSupported: true,
  ...given,
});

test("Session-Expires is read with and without who refreshes", () => {
  assert.deepEqual(readSessionExpires("600"), { expires: 600, refresher: undefined });
  assert.deepEqual(readSessionExpires(" 600 ; refresher=UAS;x=y"), { expires: 600, refresher: "uas" });
  for (const value of ["", "soon", "-1", "1e9", "99999999999", undefined])
    assert.equal(readSessionExpires(value), undefined);
});

test("the caller refreshes where it can, else we do", () => {
  const refresher = (headers: TimerHeaders) => {
    const answered = answerTimer(headers, rules);
    return answered.tooSmall ? "422" : [answered.timer.isRefresher, ...answered.headers];
  };
  assert.deepEqual(refresher(said()), [false, "Session-Expires: 1800;refresher=uac", "Require: timer"]);
  assert.deepEqual(refresher(said("600;refresher=uas")), [
    true,
    "Session-Expires: 600;refresher=uas",
    "Require: timer",
  ]);
  assert.deepEqual(refresher(said("600;refresher=uac")), [
    false,
    "Session-Expires: 600;refresher=uac",
    "Require: timer",
  ]);
  assert.deepEqual(refresher(said(undefined, { isSupported: false })), [true, "Session-Expires: 1800;refresher=uas"]);
});

test("sessions are as short as both allow, and never shorter than either", () => {
  const expires = (headers: TimerHeaders) => {
    const answered = answerTimer(headers, rules);
    return answered.tooSmall ? answered.headers : answered.timer.expires;
  };
  assert.equal(expires(said("100000")), 1_800);
  assert.equal(expires(said("300", { minSe: "600" })), 600);
  assert.deepEqual(expires(said("89")), ["Min-SE: 90"]);
  // A proxy put it there: the caller could not do anything with a 422.
  assert.equal(expires(said("30", { isSupported: false })), 90);
});

test("an answer without the header leaves the refreshing to us", () => {
  assert.deepEqual(acceptTimer(said(), rules), { expires: 1_800, isRefresher: true });
  assert.deepEqual(acceptTimer(said("600;refresher=uas"), rules), { expires: 600, isRefresher: false });
});

test("a refresh comes at half of the time, the end 32 s or a third before its end", () => {
  const timer = (expires: number) => ({ expires, isRefresher: true });
  assert.equal(refreshAfterMs(timer(1_800)), 900_000);
  assert.equal(giveUpAfterMs(timer(1_800)), 1_768_000);
  assert.equal(giveUpAfterMs(timer(90)), 60_000);
});
