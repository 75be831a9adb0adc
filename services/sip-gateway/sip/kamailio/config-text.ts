/**
 * kamailio.cfg (5.6) for one gateway. Kamailio is the edge: it hears phones and trunks, refuses what nobody asked for, and
 * hands the rest to the gateway over the one TCP connection the gateway has opened ("the link"). Requests from outside go to
 * the gateway and nowhere else, so it relays for nobody; requests that come by the link carry the secret of this start.
 * It has no management port of any kind.
 */
import { scanners } from "../limits.ts";
import type { Trunk } from "../signalling.ts";
import { proving } from "./config-tls.ts";
import { isAny } from "./faults.ts";
import { limits } from "./limits.ts";
import type { KamailioOptions } from "./options.ts";

export type Link = {
  readonly address: string;
  readonly port: number;
  /** What requests of the gateway bear, made anew at each start. */
  readonly secret: string;
};

/** Names that trunks have in the configuration, which takes no odd characters from settings: their place in the list. */
export type TrunkFacts = Pick<Trunk, "addresses" | "account"> & {
  /** Parameter of the contact we register: who knows it was told by the registrar. Undefined: it does not register. */
  readonly contactToken: string | undefined;
};

export function writeConfig(
  options: Pick<KamailioOptions, "listen" | "allowsUnknown">,
  trunks: readonly TrunkFacts[],
  link: Link,
  tlsConfigPath: string | undefined,
): string {
  return [
    core(options.listen, link),
    modules(tlsConfigPath),
    requests(options.allowsUnknown, link),
    findTrunk(trunks),
    fromLink(trunks, link, tlsConfigPath !== undefined),
    ...(tlsConfigPath === undefined ? [] : [proving]),
    ending,
  ].join("\n");
}

function core({ address, advertised, udp, tcp, tls }: KamailioOptions["listen"], link: Link): string {
  const listen = (protocol: string, port: number) =>
    port === 0
      ? []
      : [`listen=${protocol}:${inUri(address)}:${port}${advertised ? ` advertise ${inUri(advertised)}:${port}` : ""}`];
  return `#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
children=2
tcp_children=2
disable_core_dump=yes
auto_aliases=no
server_signature=no
sip_warning=0
dns=no
rev_dns=no
dns_retr_time=1
dns_retr_no=1
dns_use_search_list=no
use_dns_failover=yes
mhomed=${isAny(address) ? 1 : 0}
max_while_loops=${limits.calls * 4}
tcp_max_connections=${limits.connections}
tcp_connection_lifetime=${limits.connectionIdleS}
tcp_connect_timeout=5
tcp_send_timeout=5
tcp_rd_buf_size=${limits.messageBytes}
enable_tls=${tls === 0 ? "no" : "yes"}
tls_max_connections=${limits.connections}
${[...listen("udp", udp), ...listen("tcp", tcp), ...listen("tls", tls)].join("\n")}
listen=tcp:${inUri(link.address)}:${link.port}
`;
}

function modules(tlsConfigPath: string | undefined): string {
  const names = ["tm", "tmx", "sl", "rr", "pv", "textops", "textopsx", "siputils", "maxfwd", "sanity", "ipops", "pike"];
  const more = ["htable", "dialog", "nathelper", "tcpops", "rtimer", "xlog", ...(tlsConfigPath ? ["tls"] : [])];
  return `${[...names, ...more].map((name) => `loadmodule "${name}.so"`).join("\n")}

modparam("tm", "fr_timer", 10000)
modparam("tm", "fr_inv_timer", ${limits.ringingS * 1000})
modparam("tm", "failure_reply_mode", 3)
modparam("tm", "cancel_b_method", 1)
modparam("pike", "sampling_time_unit", 2)
modparam("pike", "reqs_density_per_unit", ${limits.requestsInTwoSeconds})
modparam("pike", "remove_latency", 4)
modparam("pike", "pike_log_level", 1)
modparam("dialog", "dlg_match_mode", 2)
modparam("dialog", "default_timeout", ${limits.callHours * 3600})
modparam("dialog", "early_timeout", ${limits.ringingS + 10})
modparam("dialog", "timeout_noreset", 1)
modparam("dialog", "send_bye", 1)
modparam("htable", "htable", "ringing=>size=10;autoexpire=${limits.ringingS + 10};")
modparam("htable", "htable", "dialling=>size=10;autoexpire=${limits.ringingS + 10};")
modparam("htable", "htable", "answered=>size=12;autoexpire=${limits.callHours * 3600};")
modparam("htable", "htable", "certificate=>size=6;autoexpire=${limits.callHours * 3600};")
modparam("tcpops", "closed_event", 1)
modparam("rtimer", "timer", "name=tick;interval=${limits.tickMs * 1000}u;mode=1;")
modparam("rtimer", "exec", "timer=tick;route=TICK")
modparam("pv", "shvset", "linked=i:0")
modparam("pv", "shvset", "silent=i:0")
modparam("pv", "shvset", "instance=s:none")
modparam("pv", "shvset", "gone=s:none")
modparam("pv", "shvset", "tries=i:${limits.hangupTries}")
${tlsConfigPath ? `modparam("tls", "config", "${tlsConfigPath}")\nmodparam("tls", "xavp_cfg", "tls")` : ""}
`;
}

function requests(allowsUnknown: boolean, link: Link): string {
  return `
request_route {
  if ($Rp == ${link.port} && $proto == "tcp") { route(LINK); exit; }
  route(TRUNK);
  if ($var(trunk) < 0) {
    if ($ua =~ "${scanners}") exit;
    if (!pike_check_req()) exit;
  }
  if ($ml > ${limits.messageBytes}) { sl_send_reply("513", "Message Too Large"); exit; }
  if (!mf_process_maxfwd_header("70")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (!sanity_check("17895", "7")) exit;
  remove_hf_re("^Veche-");
  remove_hf("Route");
  # Over TLS some say sips: to what they know by sip:.
  if ($rz == "sips") $ru = "sip:" + $(ru{s.substr,5,0});
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    else sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  if (!is_method("ACK") && t_precheck_trans()) { t_check_trans(); exit; }
  t_check_trans();
  if (has_totag()) { route(INSIDE); exit; }
  if (is_method("ACK")) exit;
  if ($var(trunk) < 0 && ${allowsUnknown ? 0 : 1}) { sl_send_reply("403", "Forbidden"); exit; }
  if (is_method("OPTIONS")) {
    append_to_reply("Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER\\r\\nAccept: application/sdp\\r\\n");
    sl_send_reply("200", "OK");
    exit;
  }
  if (!is_method("INVITE")) {
    append_to_reply("Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER\\r\\n");
    sl_send_reply("405", "Method Not Allowed");
    exit;
  }
  if ($shv(linked) == 0 || $DLG_count >= ${limits.calls}) {
    append_to_reply("Retry-After: 5\\r\\n");
    sl_send_reply("503", "Service Unavailable");
    exit;
  }
  set_contact_alias();
  append_hf("Veche-Call: ${link.secret} $var(trunk) $proto $si $sp $RAi $RAp\\r\\n");
  msg_apply_changes();
  dlg_manage();
  $sht(ringing=>$ci) = $cs;
  t_on_reply("RINGING");
  t_on_failure("REFUSED");
  route(GATEWAY);
}

route[INSIDE] {
  if (!is_known_dlg()) {
    if (!is_method("ACK")) sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  if (is_method("INVITE|UPDATE")) set_contact_alias();
  dlg_manage();
  route(GATEWAY);
}

route[GATEWAY] {
  if ($shv(linked) == 0) {
    if (!is_method("ACK")) sl_send_reply("503", "Service Unavailable");
    exit;
  }
  $du = "sip:" + $shv(ip) + ":" + $shv(port) + ";transport=tcp";
  $fs = "tcp:${inUri(link.address)}:${link.port}";
  set_forward_no_connect();
  if (!t_relay()) sl_reply_error();
}

# A proxy would say 500 in its place (RFC 3261, 16.7); to the caller we are no proxy.
failure_route[REFUSED] {
  if (t_check_status("503")) t_reply("503", "Service Unavailable");
}

onreply_route[RINGING] {
  if ($rs >= 200) $sht(ringing=>$ci) = $null;
  if ($rs >= 200 && $rs < 300) $sht(answered=>$ci|$ft|$tt) = "caller";
}

reply_route {
  if (!t_check_trans() && !is_known_dlg()) drop;
}
`;
}

/** By the token of a registration, then by the address, there first by the account that is called. */
function findTrunk(trunks: readonly TrunkFacts[]): string {
  const isFrom = ({ addresses }: TrunkFacts, index: number) =>
    addresses.length > 0
      ? `is_in_subnet("$si", "${addresses.join(",")}")`
      : `($shv(trunk${index}) != $null && is_in_subnet("$si", "$shv(trunk${index})"))`;
  const take = (index: number, condition: string) => `  if (${condition}) { $var(trunk) = ${index}; return; }`;
  return `
route[TRUNK] {
  $var(trunk) = -1;
${trunks.flatMap(({ contactToken }, index) => (contactToken ? [take(index, `$(ru{uri.param,veche}) == "${contactToken}"`)] : [])).join("\n")}
${trunks.flatMap((trunk, index) => (trunk.account ? [take(index, `$rU == "${quoted(trunk.account.user)}" && ${isFrom(trunk, index)}`)] : [])).join("\n")}
${trunks.map((trunk, index) => take(index, isFrom(trunk, index))).join("\n")}
}
`;
}

function fromLink(trunks: readonly TrunkFacts[], { secret }: Link, hasTls: boolean): string {
  return `
route[LINK] {
  if ($hdr(Veche-Link) != "${secret}") { tcp_close_connection(); exit; }
  if (is_method("OPTIONS") && $rU == "veche-link") {
    if ($hdr(Veche-Instance) == $shv(gone)) { sl_send_reply("410", "Gone"); exit; }
    if ($shv(instance) != $hdr(Veche-Instance)) {
      route(GONE);
      $shv(instance) = $hdr(Veche-Instance);
    }
    $shv(ip) = $si;
    $shv(port) = $sp;
${trunks.map((_, index) => `    $shv(trunk${index}) = $hdr(Veche-Trunk-${index});`).join("\n")}
    $shv(silent) = 0;
    $shv(linked) = 1;
    sl_send_reply("200", "OK");
    exit;
  }
  remove_hf("Veche-Link");
  if ($hdr(Veche-Close) != $null) {
    $var(connection) = $(hdr(Veche-Close){s.int});
    tcp_close_connection("$var(connection)");
    sl_send_reply("200", "OK");
    exit;
  }
  if (is_method("CANCEL")) {
    if (t_check_trans()) t_relay();
    else sl_send_reply("481", "Call/Transaction Does Not Exist");
    exit;
  }
  if (!is_method("ACK") && t_precheck_trans()) { t_check_trans(); exit; }
  t_check_trans();
  if ($hdr(Veche-Next) != $null) {
    $du = $hdr(Veche-Next);
    remove_hf("Veche-Next");
${hasTls ? `    if ($hdr(Veche-Server) != $null) $xavp(tls=>server_name) = $hdr(Veche-Server);` : ""}
    remove_hf("Veche-Server");
${hasTls ? "    if ($hdr(Veche-Proof) != $null) route(PROVEN);" : ""}
  } else {
    handle_ruri_alias();
${hasTls ? '    if ($(du{uri.transport}) == "tls") route(INSIDE_TLS);' : ""}
  }
  if (is_method("INVITE") && !has_totag()) {
    msg_apply_changes();
    dlg_manage();
    $sht(dialling=>$ci) = $cs;
    t_on_reply("DIALLING");
  } else if (has_totag()) {
    t_on_reply("FROM_PHONE");
    dlg_manage();
  }
  if (!t_relay()) sl_reply_error();
${hasTls ? '  else if ($hdr(Veche-Proof) == "asked") route(ASKED);' : ""}
}

onreply_route[DIALLING] {
  if ($rs >= 200) $sht(dialling=>$ci) = $null;
  if ($rs >= 200 && $rs < 300) $sht(answered=>$ci|$ft|$tt) = "callee";
  if (is_present_hf("Contact")) set_contact_alias();
}

onreply_route[FROM_PHONE] {
  if (is_present_hf("Contact")) set_contact_alias();
}

event_route[dialog:end] {
  $sht(answered=>$dlg(callid)|$dlg(from_tag)|$dlg(to_tag)) = $null;
}
`;
}

/** What becomes of phones whose gateway is away: answered calls get BYE, those that ring are refused or no longer rung. */
const ending = `
route[GONE] {
  if ($shv(linked) == 0) return;
  $shv(linked) = 0;
  $shv(gone) = $shv(instance);
  $shv(tries) = 0;
  route(HANGUP);
}

route[HANGUP] {
  sht_iterator_start("calls", "answered");
  while (sht_iterator_next("calls")) {
    $var(key) = $shtitkey(calls);
    $var(side) = $shtitval(calls);
    $var(callid) = $(var(key){s.select,0,|});
    $var(caller) = $(var(key){s.select,1,|});
    $var(callee) = $(var(key){s.select,2,|});
    if (dlg_get("$var(callid)", "$var(caller)", "$var(callee)")) {
      if ($var(side) == "caller") dlg_bye("caller");
      else dlg_bye("callee");
    }
  }
  sht_iterator_end("calls");
  sht_iterator_start("in", "ringing");
  while (sht_iterator_next("in")) t_reply_callid("$shtitkey(in)", "$shtitval(in)", "503", "Service Unavailable");
  sht_iterator_end("in");
  sht_iterator_start("out", "dialling");
  while (sht_iterator_next("out")) t_cancel_callid("$shtitkey(out)", "$shtitval(out)", "21");
  sht_iterator_end("out");
}

route[TICK] {
  if ($shv(linked) == 0) {
    if ($shv(tries) >= ${limits.hangupTries}) return;
    $shv(tries) = $shv(tries) + 1;
    if ($shv(tries) mod 4 == 0) route(HANGUP);
    return;
  }
  $shv(silent) = $shv(silent) + 1;
  if ($shv(silent) > ${limits.silentTicks}) route(GONE);
}

# The process that hears of it cannot send over TCP: the next tick does it.
route[CLOSED] {
  if ($shv(linked) != 0 && $si == $shv(ip) && $sp == $shv(port)) $shv(silent) = ${limits.silentTicks};
}

event_route[tcp:closed] { route(CLOSED); }
event_route[tcp:reset] { route(CLOSED); }
event_route[tcp:timeout] { route(CLOSED); }

event_route[tm:local-request] {
  handle_ruri_alias();
}
`;

function inUri(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** For a string in the configuration. */
function quoted(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}
