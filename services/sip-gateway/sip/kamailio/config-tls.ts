/** What of Kamailio's configuration is about TLS. */
import type { KamailioOptions } from "./options.ts";

/** `tls.cfg`: our own certificate towards phones; trunks must show one that an authority we trust has signed. */
export function writeTlsConfig(tls: NonNullable<KamailioOptions["tls"]>): string {
  const authorities = tls.authorities ?? "/etc/ssl/certs/ca-certificates.crt";
  return `[server:default]
method = TLSv1.2+
verify_certificate = no
require_certificate = no
certificate = ${tls.certificate}
private_key = ${tls.key}

[client:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
ca_list = ${authorities}
`;
}

/** By the connection whose certificate the gateway has seen (proofs.ts), or not at all. What asks for it may open one. */
export const proving = `
route[PROVEN] {
  $var(proof) = $hdr(Veche-Proof);
  remove_hf("Veche-Proof");
  if ($var(proof) == "asked") {
    t_on_reply("CERTIFICATE");
    return;
  }
  $var(connection) = 0;
  tcp_get_conid("$dd:$dp", "$var(connection)");
  if ($var(connection) != $(var(proof){s.int})) {
    sl_send_reply("478", "Another Connection");
    exit;
  }
  $sht(certificate=>$var(connection)) = "seen";
  set_forward_no_connect();
}

route[ASKED] {
  $var(connection) = 0;
  tcp_get_conid("$dd:$dp", "$var(connection)");
  if ($sht(certificate=>$var(connection)) == $null) $sht(certificate=>$var(connection)) = "asked";
}

# By a connection that is there, unless it is one whose certificate has still to be seen.
route[INSIDE_TLS] {
  $var(connection) = 0;
  tcp_get_conid("$dd:$dp", "$var(connection)");
  if ($sht(certificate=>$var(connection)) == "asked") {
    if (!is_method("ACK")) sl_send_reply("478", "Another Connection");
    exit;
  }
  set_forward_no_connect();
}

onreply_route[CERTIFICATE] {
  remove_hf_re("^Veche-");
  if ($proto == "tls") append_hf("Veche-Certificate: $conid $tls_peer_urlencoded_cert\\r\\n");
}
`;
