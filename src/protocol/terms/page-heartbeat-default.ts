/** The seconds between the heartbeats that pages in sight ask for where there are mirrors and their service says nothing else. */
export const pageHeartbeatSecondsDefault = 3
