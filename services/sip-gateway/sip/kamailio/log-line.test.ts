import assert from "node:assert/strict";
import { test } from "node:test";
import { readLogLine } from "./log-line.ts";

test("what Kamailio says of itself is passed on, with how grave it is", () => {
  assert.deepEqual(readLogLine(" 0(12003) ALERT: <core> [main.c:770]: handle_sigs(): child process 12015 exited"), {
    isGrave: true,
    isLastWord: true,
    text: "0(12003) ALERT: <core> [main.c:770]: handle_sigs(): child process 12015 exited",
  });
  assert.deepEqual(readLogLine("12(345) ERROR: tm [t_lookup.c:12]: t_check(): no transaction"), {
    isGrave: false,
    isLastWord: false,
    text: "12(345) ERROR: tm [t_lookup.c:12]: t_check(): no transaction",
  });
});

test("what its script says is passed on", () => {
  const text = "3(12) ERROR: <script>: nobody listens";
  assert.deepEqual(readLogLine(text), { isGrave: false, isLastWord: false, text });
});

test("why it does not start is kept whole: the main process reads no messages", () => {
  for (const text of [
    "0(912) ERROR: <core> [core/udp_server.c:402]: udp_init(): bind(4, 0x7f26d9f97fe8, 16) on 127.0.0.1: Address already in use",
    "0(8140) ERROR: tls [tls_domain.c:576]: load_cert(): TLSs<default>: Unable to load certificate file '/tls/cert.pem'",
  ])
    assert.deepEqual(readLogLine(` ${text}`), { isGrave: false, isLastWord: true, text });
  const warning = "0(8) WARNING: tls [tls_mod.c:620]: mod_register(): tls support is disabled (set enable_tls=1)";
  assert.deepEqual(readLogLine(warning), { isGrave: false, isLastWord: false, text: warning });
});

test("a message that it can't read is not passed on, nor what stands in it", () => {
  const parse = "1(26266) ERROR: <core> [core/parser/msg_parser.c:749]: parse_msg(): ";
  const sanity = "1(26266) WARNING: sanity [sanity.c:282]: check_ruri_scheme(): ";
  for (const [written, kept] of [
    [
      `${parse}ERROR: parse_msg: message=<IN?ITE sip:+74950000001@127.0.0.1 SIP/2.0`,
      `${parse}ERROR: parse_msg: message…`,
    ],
    [`${parse}ERROR: parse_msg: message=<INVITE sip:+7495\r01@127.0.0.1`, `${parse}ERROR: parse_msg: message…`],
    [`${parse}no user in sip:+7495\u202801@127.0.0.1`, `${parse}no user in …`],
    [`${sanity}failed to parse request uri [sip:+74950000001@127.0.0.1]`, `${sanity}failed to parse request uri …`],
    [`${sanity}no user in sip:+74950000001@127.0.0.1`, `${sanity}no user in …`],
    [`${sanity}no such number 74950000001`, `${sanity}no such number …`],
  ] as const)
    assert.deepEqual(readLogLine(written), { isGrave: false, isLastWord: false, text: kept });
  for (const line of ["To: <sip:+74950000001@127.0.0.1>", "From: <sip:BUG@ALERT>", "CRITICAL", ""])
    assert.equal(readLogLine(line), undefined);
});
