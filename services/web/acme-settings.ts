import { flag, list, secret, text } from "@veche/kit/config.ts";
import { directoryUrl, serverNames } from "./acme/authorities.ts";

/** Names of docker-jitsi-meet, and what it leaves to files of acme.sh. */
export const acmeSchema = {
  ENABLE_LETSENCRYPT: flag(
    false,
    "Orders the certificate from an ACME server and renews it; port 80 has to lead here.",
  ),
  LETSENCRYPT_DOMAIN: list([], "Names for that certificate; empty: the host of PUBLIC_URL."),
  LETSENCRYPT_EMAIL: text("", "Address the authority may write to; empty: none.", {
    pattern: /^$|^[^\s@,]+@[^\s@,]+$/,
    expected: "one e-mail address",
  }),
  LETSENCRYPT_USE_STAGING: flag(false, "Asks the authority's test server, whose certificates no browser trusts."),
  LETSENCRYPT_ACME_SERVER: {
    ...text("", `Address of the ACME server's directory, or one of ${serverNames.join(", ")}.`, {
      defaultText: "letsencrypt",
    }),
    parse: (given: string) =>
      directoryUrl(given, false) === undefined
        ? ({ ok: false, expected: `an https address, or one of ${serverNames.join(", ")}` } as const)
        : ({ ok: true, value: given } as const),
  },
  VECHE_ACME_CA_FILE: text("", "Root (PEM) of a school's own ACME server, whose https is to be trusted."),
  VECHE_ACME_EAB_KID: text("", "Key id of an account made beforehand (external account binding)."),
  VECHE_ACME_EAB_HMAC_KEY: secret("Its HMAC key in base64url.", { default: "" }),
  VECHE_ACME_PROFILE: text("", "Profile of the authority, such as shortlived; empty: its usual one."),
};
