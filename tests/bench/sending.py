"""What the bench sends: the beginning of a form with a file, and its permission."""

TOKEN = "b" * 32
# So long that no random bytes hold it.
BOUNDARY = "-" * 8 + "of-random-bytes"
# A form is believed when its page's cookie and its own word agree.
COOKIE = f"; csrftoken={TOKEN}"
HEADERS = {
    "X-CSRFToken": TOKEN,
    "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
}
OPENING = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; '
    f'filename="a.jpg"\r\n\r\n'
).encode()
ENDING = f"\r\n--{BOUNDARY}--\r\n".encode()
