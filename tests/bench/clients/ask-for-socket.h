// One WebSocket request on a loopback connection of its own, as the bench's clients in C begin them.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what) {
  printf("{\"lost\":\"%s: %s\"}\n", what, strerror(errno));
  exit(1);
}

// Connects and asks for the upgrade at a path; gives the file. `number` chooses one of so many source addresses.
static int ask_for_socket(int number, int sources, int port, const char *path) {
  int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0) fail("socket");
  int on = 1;
  setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + number % sources)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  // The port is chosen when the destination is known: each source address has all of them.
  setsockopt(file, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &on, sizeof on);
  if (bind(file, (struct sockaddr *)&from, sizeof from) != 0) fail("bind");
  if (connect(file, (struct sockaddr *)&to, sizeof to) != 0) fail("connect");
  char request[1024];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                        path, port);
  if (write(file, request, length) != length) fail("write");
  return file;
}
