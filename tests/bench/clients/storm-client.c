// Readers who come back at once, at little cost of their own: what is measured is the server.
// storm-client PORT COUNT live|open PATH...   opens COUNT sockets, 128 under way at a time; `open`: each counts when the
// server agrees to the upgrade, `live`: when it says that the replay has ended. Then it goes on reading until its input ends.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ask-for-socket.h"

enum { sockets_max = 65536, events_max = 1024, chunk_max = 65536, tail_max = 16, under_way_max = 128, sources = 8 };

// Whichever comes across two reads is found by the tail of the one before.
static struct { int done; int tail_length; char tail[tail_max]; } states[sockets_max];
static const char *mark;
static int port, count, begun, done, epoll_file, paths_count;
static char **paths;

static void begin_one(void) {
  int file = ask_for_socket(begun, sources, port, paths[begun % paths_count]);
  if (file >= sockets_max) fail("socket");
  struct epoll_event event = {.events = EPOLLIN, .data.fd = file};
  if (epoll_ctl(epoll_file, EPOLL_CTL_ADD, file, &event) != 0) fail("epoll_ctl");
  memset(&states[file], 0, sizeof states[file]);
  begun++;
}

static void hear(int file) {
  static char bytes[tail_max + chunk_max];
  int before = states[file].tail_length;
  memcpy(bytes, states[file].tail, before);
  ssize_t length = read(file, bytes + before, chunk_max);
  if (length <= 0) fail("a connection was closed");
  if (states[file].done) return;
  length += before;
  if (memmem(bytes, length, mark, strlen(mark)) != NULL) {
    states[file].done = 1;
    done++;
    if (begun < count) begin_one();
    if (done == count) {
      printf("{\"connected\":%d}\n", done);
      fflush(stdout);
    }
    return;
  }
  int kept = length < tail_max ? length : tail_max;
  memcpy(states[file].tail, bytes + length - kept, kept);
  states[file].tail_length = kept;
}

int main(int arguments, char **given) {
  if (arguments < 5) return 2;
  port = atoi(given[1]);
  count = atoi(given[2]);
  // The end of the handshake's answer; a frame that ends a replay.
  mark = strcmp(given[3], "live") == 0 ? "\"type\":\"live\"" : "\r\n\r\n";
  paths = given + 4;
  paths_count = arguments - 4;
  epoll_file = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = 0};
  epoll_ctl(epoll_file, EPOLL_CTL_ADD, 0, &event);
  for (int i = 0; i < under_way_max && i < count; i++) begin_one();
  struct epoll_event events[events_max];
  for (;;) {
    int ready = epoll_wait(epoll_file, events, events_max, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.fd == 0) return 0;
      hear(events[i].data.fd);
    }
  }
}
