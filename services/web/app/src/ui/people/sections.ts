import type { JSX } from "preact";
import { DialInSection } from "../dial/dial-in-section.tsx";
import { DialOutSection } from "../dial/dial-out-section.tsx";
import { E2eeSection } from "../e2ee/e2ee-section.tsx";

/** A part of a dialog that belongs to another area; it decides by itself whether it has something to show. */
type Section = () => JSX.Element | null;

/** Below password and lobby in the security dialog. */
export const SECURITY_SECTIONS: readonly Section[] = [E2eeSection];

/** Below the link in the invitation: numbers to dial, and telephones to call. */
export const INVITE_SECTIONS: readonly Section[] = [DialInSection, DialOutSection];
