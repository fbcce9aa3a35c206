// The kernel's floor: accept, answer the handshake, one write() of one frame to each socket, and nothing else.
// Orders come as lines on standard input, reports go as JSON lines to standard output, as native.ts wants them.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { sockets_max = 65536, events_max = 1024, request_max = 2048, frame_max = 65536 };

// Whoever measures offers the key of RFC 6455 §1.3, whose answer is known: no hash is computed.
static const char answer[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static int ready[sockets_max];
static int ready_count;

static long long microseconds(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * 1000000LL + at.tv_nsec / 1000;
}

static void report_usage(void) {
  long pages = 0, resident = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (statm == NULL || fscanf(statm, "%ld %ld", &pages, &resident) != 2) exit(1);
  fclose(statm);
  printf("{\"cpuMicroseconds\":%lld,\"rssBytes\":%ld}\n", microseconds(CLOCK_PROCESS_CPUTIME_ID),
         resident * sysconf(_SC_PAGESIZE));
}

static void broadcast(const char *text) {
  static unsigned char frame[frame_max + 4];
  size_t length = strlen(text);
  if (length < 126 || length > frame_max - 1) exit(1);
  frame[0] = 0x81;
  frame[1] = 126;
  frame[2] = length >> 8;
  frame[3] = length & 255;
  memcpy(frame + 4, text, length);
  printf("{\"beganAt\":%lld}\n", microseconds(CLOCK_REALTIME));
  fflush(stdout);
  for (int i = 0; i < ready_count; i++)
    if (write(ready[i], frame, length + 4) != (ssize_t)(length + 4)) exit(1);
}

static void take_order(void) {
  static char line[frame_max];
  if (fgets(line, sizeof line, stdin) == NULL) exit(0);
  line[strcspn(line, "\n")] = 0;
  if (strcmp(line, "usage") == 0) report_usage();
  else broadcast(line);
  fflush(stdout);
}

static void accept_all(int listener, int epoll) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) exit(1);
  }
}

static void hear(int fd) {
  char request[request_max];
  ssize_t bytes = read(fd, request, sizeof request);
  if (bytes <= 0) {
    close(fd);
    return;
  }
  // Requests are short and local: they come in one piece. What comes later are frames, which say nothing.
  if (bytes < 4 || memcmp(request, "GET ", 4) != 0) return;
  if (ready_count == sockets_max || write(fd, answer, sizeof answer - 1) < 0) exit(1);
  ready[ready_count++] = fd;
}

int main(void) {
  setvbuf(stdin, NULL, _IONBF, 0);
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 4096) != 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  int epoll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = 0;
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event);
  printf("{\"ready\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  struct epoll_event events[events_max];
  for (;;) {
    int count = epoll_wait(epoll, events, events_max, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == 0) take_order();
      else if (events[i].data.fd == listener) accept_all(listener, epoll);
      else hear(events[i].data.fd);
    }
  }
}
