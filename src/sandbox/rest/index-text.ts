/** What somebody sees who opens the sandbox in a browser. */
export const indexText = `Hookwell sandbox: the Enterprise Communications API on your own machine.
It sends nothing to anybody but the URLs that you register here.

The sender's calls, checked against its OpenAPI document:
  /cpaas/...                    Basic: API user and password
  /apispaces/{apiSpaceId}/...   Bearer: access token
  /v2/account-info              Basic: tells the host of the account's region
  /r1, /r2 and /r3 before a path are the sender's regions; without one it is r1.

The sandbox's own calls, without credentials:
  GET  /sandbox/deliveries      every attempt: events, bytes, headers, status, what follows
  GET  /sandbox/dead            events that were given up
  GET  /sandbox/messages        every message with its newest status
  POST /sandbox/emit            one event: {"name": "message.failed"}
  POST /sandbox/lives           a whole life: {"kind": "message", "channel": "sms"}
  PUT  /sandbox/scenario        troubles with a name: {"name": "storm"}, or null for none
  GET  /sandbox/faults          troubles that the sandbox makes; PUT changes those in the body
  GET  /sandbox/limits          region and rate limit; PUT changes those in the body
  POST /sandbox/reset           as after a fresh start
`;
