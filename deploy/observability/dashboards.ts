/** The dashboards as data. `npm run gen` writes them as Grafana wants them, into dashboards/. */

export type Unit = "short" | "s" | "bytes" | "bps" | "percentunit" | "pps" | "dtdurations" | "reqps" | "bool_yes_no";

export type Query = { readonly expr: string; readonly legend: string };

export type Panel = {
  readonly title: string;
  /** A number, a curve, or a row for each series. */
  readonly as: "stat" | "curve" | "table";
  readonly unit: Unit;
  /** Of 24 columns; 6 for a number, 12 else. */
  readonly width?: number;
  readonly queries: readonly Query[];
  /** From when on it is yellow, and red. */
  readonly warn?: readonly [number, number];
};

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

export type Dashboard = { readonly uid: string; readonly title: string; readonly rows: readonly Row[] };

function stat(title: string, expr: string, unit: Unit = "short", warn?: readonly [number, number]): Panel {
  return { title, as: "stat", unit, queries: [{ expr, legend: title }], ...(warn ? { warn } : {}) };
}

function curve(title: string, unit: Unit, ...queries: readonly (readonly [expr: string, legend: string])[]): Panel {
  return { title, as: "curve", unit, queries: queries.map(([expr, legend]) => ({ expr, legend })) };
}

function table(title: string, expr: string, unit: Unit, legend: string): Panel {
  return { title, as: "table", unit, width: 24, queries: [{ expr, legend }] };
}

/** Each second. Of a counter with labels that nothing has counted yet there is no series. */
function rate(counter: string, by = ""): string {
  const each = `rate(${counter}[$__rate_interval])`;
  return by === "" ? `sum (${each}) or vector(0)` : `sum by (${by}) (${each})`;
}

const process = "{{role}} on {{host}}";

export const dashboards: readonly Dashboard[] = [
  {
    uid: "veche-overview",
    title: "Veche: overview",
    rows: [
      {
        title: "Now",
        panels: [
          stat("Rooms", "sum(veche_focus_conferences_current_count)"),
          stat("People", "sum(veche_focus_participants_current_count)"),
          stat("Telephones", "sum(veche_focus_calls_current_count)"),
          stat("Recordings and streams", "sum(veche_focus_recordings_current_count)"),
          stat("Bridges that take rooms", "max(veche_focus_operational_bridges_count)"),
          stat("Most loaded bridge", "max(veche_videobridge_stress_ratio)", "percentunit", [0.6, 0.8]),
          stat("Processes that don't answer", "count(veche_up == 0) or vector(0)", "short", [1, 2]),
          stat("Certificate ends in", "min(veche_certificate_expires_seconds) - time()", "dtdurations"),
        ],
      },
      {
        title: "Over time",
        panels: [
          curve(
            "People and rooms",
            "short",
            ["sum(veche_focus_participants_current_count)", "people"],
            ["sum(veche_focus_conferences_current_count)", "rooms"],
          ),
          curve(
            "Joins and refusals",
            "reqps",
            [rate("veche_xmpp_joins_total"), "joins"],
            [rate("veche_focus_refusals_total"), "refused"],
          ),
          { ...table("Processes", "veche_build_info", "short", `${process} {{version}}`) },
          { ...table("What is wrong", "veche_problem", "short", `${process}: {{part}}`) },
        ],
      },
    ],
  },
  {
    uid: "veche-media",
    title: "Veche: bridges and media",
    rows: [
      {
        title: "Bridges",
        panels: [
          curve("Stress", "percentunit", ["veche_videobridge_stress_ratio", "{{host}} {{instance}}"]),
          curve("Endpoints", "short", ["veche_videobridge_endpoints_count", "{{host}} {{instance}}"]),
          curve("Conferences", "short", ["veche_videobridge_conferences_count", "{{host}} {{instance}}"]),
          curve("Media", "bps", ["veche_videobridge_bits_per_second", "{{host}} {{direction}}"]),
          curve("Packets", "pps", ["veche_videobridge_packets_per_second", "{{host}} {{direction}}"]),
          curve(
            "Relays between bridges",
            "reqps",
            [rate("veche_videobridge_relays_made_total"), "made"],
            [rate("veche_videobridge_relays_unanswered_total"), "unanswered"],
          ),
        ],
      },
      {
        title: "Connections",
        panels: [
          curve(
            "Connected and lost",
            "reqps",
            [rate("veche_videobridge_endpoints_connected_total", "protocol"), "connected {{protocol}}"],
            [rate("veche_videobridge_endpoints_disconnected_total", "stage"), "fell {{stage}}"],
            [rate("veche_videobridge_endpoints_lost_total"), "lost with a worker"],
          ),
          curve(
            "Moved and restarted",
            "reqps",
            [rate("veche_focus_participants_moved_total"), "moved"],
            [rate("veche_focus_session_restarts_total"), "restarted"],
          ),
          curve("Bridge channels", "reqps", [
            rate("veche_videobridge_channel_messages_total", "direction"),
            "{{direction}}",
          ]),
          curve("Senders held back", "reqps", [rate("veche_videobridge_senders_held_back_total"), "held back"]),
        ],
      },
    ],
  },
  {
    uid: "veche-signalling",
    title: "Veche: signalling",
    rows: [
      {
        title: "XMPP",
        panels: [
          curve(
            "Sessions",
            "short",
            ["veche_xmpp_sessions", "{{transport}}"],
            ["veche_xmpp_sessions_interrupted", "interrupted"],
          ),
          curve("Stanzas received", "reqps", [rate("veche_xmpp_stanzas_received_total", "kind"), "{{kind}}"]),
          curve("Sign-ins", "reqps", [rate("veche_xmpp_sign_ins_total", "outcome"), "{{outcome}}"]),
          curve(
            "Joins and leaves",
            "reqps",
            [rate("veche_xmpp_joins_total"), "joins"],
            [rate("veche_xmpp_leaves_total", "reason"), "left: {{reason}}"],
          ),
          curve(
            "Faults of clients",
            "reqps",
            [rate("veche_xmpp_stream_errors_total", "condition"), "{{condition}}"],
            [rate("veche_xmpp_streams_refused_total", "reason"), "refused: {{reason}}"],
          ),
          curve("State not written behind yet", "short", ["veche_xmpp_state_records_waiting", "{{host}}"]),
        ],
      },
      {
        title: "focus",
        panels: [
          curve("Round trip to xmpp", "s", ["veche_focus_xmpp_round_trip_seconds", "{{host}}"]),
          curve("Requests others did not do", "reqps", [
            rate("veche_focus_failed_requests_total", "to, code"),
            "{{to}} {{code}}",
          ]),
          curve(
            "Facts",
            "reqps",
            [rate("veche_focus_facts_total"), "said"],
            [rate("veche_focus_fact_retries_total"), "repeated"],
          ),
          curve("Facts not stored yet", "short", ["veche_focus_facts_waiting_count", "{{host}}"]),
        ],
      },
      {
        title: "NATS and web",
        panels: [
          curve("Round trip to NATS", "s", ["veche_nats_round_trip_seconds", process]),
          curve("Requests between roles, 95 % within", "s", [
            'histogram_quantile(0.95, sum by (le, role) (rate({__name__=~"veche_.+_bus_request_seconds_bucket"}[$__rate_interval])))',
            "{{role}}",
          ]),
          curve("Pages", "reqps", [rate("veche_web_requests_total", "status"), "{{status}}"]),
          curve(
            "Connections",
            "short",
            ["veche_web_sockets_open", "{{listener}}"],
            ["veche_web_tunnels_open", "WebSockets to {{upstream}}"],
          ),
          curve("Connections refused by a limit", "reqps", [
            rate("veche_web_refused_sockets_total", "limit"),
            "{{limit}}",
          ]),
          curve("Upstreams that did not answer", "reqps", [
            rate("veche_web_upstream_failures_total", "upstream"),
            "{{upstream}}",
          ]),
        ],
      },
    ],
  },
  {
    uid: "veche-recordings",
    title: "Veche: recordings and telephones",
    rows: [
      {
        title: "Recordings and streams",
        panels: [
          curve("Under way", "short", ["veche_recorder_sessions_count", "{{kind}} on {{host}}"]),
          curve(
            "Waiting",
            "short",
            ["max(veche_focus_recordings_waiting_count)", "for a recorder"],
            ["sum(veche_recorder_recordings_finishing_count)", "to be finished"],
          ),
          curve("Full", "bool_yes_no", ["veche_recorder_full_ratio", "{{kind}} on {{host}}"]),
          curve("Free disk", "bytes", ["veche_recorder_disk_free_bytes", "{{host}}"]),
          curve("Processor", "percentunit", ["veche_recorder_cpu_ratio", "{{host}}"]),
          curve(
            "Ended",
            "reqps",
            [rate("veche_recorder_outputs_ended_total", "outcome"), "{{outcome}}"],
            [rate("veche_recorder_captures_broken_total", "code"), "broken: {{code}}"],
            [rate("veche_recorder_jobs_lost_total"), "taken over by another"],
          ),
        ],
      },
      {
        title: "Telephones",
        panels: [
          curve("Calls", "short", ["veche_sip_gateway_calls_count", "{{direction}} on {{host}}"]),
          curve("Load of the mixer", "percentunit", ["veche_sip_gateway_sound_load_ratio", "{{host}}"]),
          curve(
            "Begun, refused",
            "reqps",
            [rate("veche_sip_gateway_calls_begun_total", "direction"), "{{direction}}"],
            [rate("veche_sip_gateway_calls_refused_total", "why"), "refused: {{why}}"],
          ),
          curve("Ended", "reqps", [rate("veche_sip_gateway_calls_ended_total", "cause"), "{{cause}}"]),
          curve("Trunks signed in", "short", ["veche_sip_gateway_trunks_registered_count", "{{host}}"]),
        ],
      },
    ],
  },
  {
    uid: "veche-hosts",
    title: "Veche: hosts and processes",
    rows: [
      {
        title: "Hosts",
        panels: [
          curve("Load for each processor", "short", [
            "max by (host) (veche_host_load1) / max by (host) (veche_host_cpus)",
            "{{host}}",
          ]),
          curve("Memory free", "bytes", ["min by (host) (veche_host_memory_available_bytes)", "{{host}}"]),
          curve("Disk free", "bytes", ["min by (host, disk) (veche_disk_free_bytes)", "{{disk}} on {{host}}"]),
          curve("Clock", "s", ["avg by (host) (veche_clock_offset_seconds)", "{{host}}"]),
        ],
      },
      {
        title: "Processes",
        panels: [
          curve("Processor", "percentunit", [
            'rate(process_cpu_seconds_total{job="veche"}[$__rate_interval])',
            process,
          ]),
          curve("Memory", "bytes", ['process_resident_memory_bytes{job="veche"}', process]),
          curve("Event loop late by, 99 % within", "s", ["nodejs_eventloop_lag_p99_seconds", process]),
          curve("Open files", "short", ['process_open_fds{job="veche"}', process]),
          curve("Room left before the limit", "bytes", ["veche_memory_available_bytes", process]),
          curve("Up for", "dtdurations", ["veche_uptime_seconds", process]),
        ],
      },
    ],
  },
];
