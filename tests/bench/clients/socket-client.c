// Readers on WebSockets at little cost of their own: what is measured is the server.
// socket-client PORT COUNT PATH...   opens COUNT sockets, 128 under way at a time, and prints {"connected":COUNT} when
// each has been sent its first message. Then each line on its input (of which the text does not matter) begins a new
// count: it prints {"expecting":true}, and {"halfAt":…,"lastAt":…} (µs since 1970) when half and all of the sockets have
// been sent a message of at least ALERT_BYTES_MIN bytes. Pings are answered (RFC 6455 §5.5.2). Ends with its input.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ask-for-socket.h"

enum {
  sockets_max = 65536,
  events_max = 1024,
  chunk_max = 65536,
  header_max = 10,
  under_way_max = 128,
  source_addresses = 8,
  alert_bytes_min = 300,
  opcode_close = 8,
  opcode_ping = 9,
};

// Where a connection is in what it is sent: how much of "\r\n\r\n" has been seen, then the present frame.
static struct {
  unsigned char is_open, handshake_end, is_greeted, header_length;
  unsigned char header[header_max];
  uint64_t left;
} states[sockets_max];

static int port, count, begun, greeted, heard, epoll_file, paths_count;
static long long half_at;
static char **paths;

static long long now_us(void) {
  struct timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  return at.tv_sec * 1000000LL + at.tv_nsec / 1000;
}

static void say(const char *line) {
  puts(line);
  fflush(stdout);
}

static void begin_one(void) {
  int file = ask_for_socket(begun, source_addresses, port, paths[begun % paths_count]);
  if (file >= sockets_max) fail("socket");
  struct epoll_event event = {.events = EPOLLIN, .data.fd = file};
  if (epoll_ctl(epoll_file, EPOLL_CTL_ADD, file, &event) != 0) fail("epoll_ctl");
  memset(&states[file], 0, sizeof states[file]);
  begun++;
}

static void count_alert(void) {
  heard++;
  if (heard == count / 2) half_at = now_us();
  if (heard != count) return;
  printf("{\"halfAt\":%lld,\"lastAt\":%lld}\n", half_at, now_us());
  fflush(stdout);
}

static void greet(int file) {
  if (states[file].is_greeted) return;
  states[file].is_greeted = 1;
  greeted++;
  if (begun < count) begin_one();
  if (greeted != count) return;
  printf("{\"connected\":%d}\n", count);
  fflush(stdout);
}

// The header is all there: what follows is the payload of this length (RFC 6455 §5.2). Servers do not mask.
static void begin_frame(int file) {
  const unsigned char *header = states[file].header;
  uint64_t length = header[1] & 127;
  int more = length == 126 ? 2 : length == 127 ? 8 : 0;
  if (more > 0) length = 0;
  for (int i = 0; i < more; i++) length = length << 8 | header[2 + i];
  states[file].header_length = 0;
  states[file].left = length;
  int opcode = header[0] & 15;
  // A masked frame whose mask is zero is its own text; an empty pong needs not even that.
  static const unsigned char pong[] = {0x8a, 0x80, 0, 0, 0, 0};
  if (opcode == opcode_close) fail("the server has closed a connection");
  if (opcode == opcode_ping && write(file, pong, sizeof pong) < 0) fail("pong");
  if (opcode == opcode_ping) return;
  if (!states[file].is_greeted) greet(file);
  else if (length >= alert_bytes_min) count_alert();
}

static int header_needed(const unsigned char *header, int length) {
  if (length < 2) return 2;
  int kind = header[1] & 127;
  return kind == 126 ? 4 : kind == 127 ? 10 : 2;
}

static void take(int file, const unsigned char *bytes, ssize_t length) {
  ssize_t at = 0;
  for (; at < length && !states[file].is_open; at++) {
    int seen = states[file].handshake_end;
    seen = bytes[at] == "\r\n\r\n"[seen] ? seen + 1 : bytes[at] == '\r';
    states[file].handshake_end = seen;
    states[file].is_open = seen == 4;
  }
  while (at < length) {
    if (states[file].left > 0) {
      uint64_t step = states[file].left < (uint64_t)(length - at) ? states[file].left : (uint64_t)(length - at);
      states[file].left -= step;
      at += step;
      continue;
    }
    states[file].header[states[file].header_length++] = bytes[at++];
    if (states[file].header_length == header_needed(states[file].header, states[file].header_length)) begin_frame(file);
  }
}

static void hear(int file) {
  static unsigned char bytes[chunk_max];
  ssize_t length = read(file, bytes, chunk_max);
  if (length <= 0) fail("a connection was closed");
  if (!states[file].is_open && states[file].handshake_end == 0 && length >= 12 && memcmp(bytes, "HTTP/1.1 101", 12) != 0)
    fail("no upgrade");
  take(file, bytes, length);
}

int main(int arguments, char **given) {
  if (arguments < 4) return 2;
  port = atoi(given[1]);
  count = atoi(given[2]);
  paths = given + 3;
  paths_count = arguments - 3;
  epoll_file = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = 0};
  epoll_ctl(epoll_file, EPOLL_CTL_ADD, 0, &event);
  for (int i = 0; i < under_way_max && i < count; i++) begin_one();
  struct epoll_event events[events_max];
  for (;;) {
    int ready = epoll_wait(epoll_file, events, events_max, -1);
    for (int i = 0; i < ready; i++) {
      char line[64];
      if (events[i].data.fd != 0) hear(events[i].data.fd);
      else if (read(0, line, sizeof line) <= 0) return 0;
      else {
        heard = 0;
        say("{\"expecting\":true}");
      }
    }
  }
}
