"""A real SMTP server for tests (aiosmtpd), which does to each mail what its recipient's name says.

    smtp_server.py FOLDER (plain | starttls | implicit) [--port N] [--login NAME:PASSWORD] [--other-name]

It prints its port once it listens. The mails that it has got lie in FOLDER, one file each; `ca.pem` there is what its certificate was signed with.
`--other-name`: the certificate is for another host.

busy@…        refused for now (451), at RCPT
busy-data@…   refused for now (452), after the text
no@…          refused for good (550), at RCPT
no-data@…     refused for good (554), after the text
gone@…        the connection ends at RCPT
drop@…        the text is kept and the connection ends without an answer
slow@…        answered after three seconds
silent@…      kept and never answered
"""

import argparse
import asyncio
import os
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.number = 0

    def keep(self, envelope):
        self.number += 1
        path = os.path.join(self.folder, f"{os.getpid()}-{self.number:06}.eml")
        with open(path + ".part", "wb") as file:
            file.write(b"X-Envelope-To: " + ",".join(envelope.rcpt_tos).encode() + b"\r\n" + envelope.content)
        os.rename(path + ".part", path)

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "busy":
            return "451 4.3.0 come back later"
        if name == "no":
            return "550 5.1.1 nobody of that name"
        if name == "gone":
            server.transport.close()
            return "421 gone"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].split("@")[0]
        if name == "busy-data":
            return "452 4.3.1 no room just now"
        if name == "no-data":
            return "554 5.6.0 not in this house"
        self.keep(envelope)
        if name == "drop":
            server.transport.abort()
            return "421 gone"
        if name == "slow":
            await asyncio.sleep(3)
        if name == "silent":
            await asyncio.sleep(3600)
        return "250 2.0.0 kept"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("mode", choices=["plain", "starttls", "implicit"])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--login")
    parser.add_argument("--other-name", action="store_true")
    return parser.parse_args()


async def main():
    asked = arguments()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(os.path.join(asked.folder, "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example" if asked.other_name else "localhost").configure_cert(context)
    keeper = Keeper(asked.folder)

    def authenticator(server, session, envelope, mechanism, data):
        given = f"{data.login.decode()}:{data.password.decode()}"
        return AuthResult(success=given == asked.login, handled=False)

    def serve():
        return SMTP(
            keeper,
            hostname="test.example",
            tls_context=context if asked.mode == "starttls" else None,
            require_starttls=asked.mode == "starttls",
            authenticator=authenticator if asked.login else None,
            auth_required=bool(asked.login),
            auth_require_tls=asked.mode == "starttls",
            enable_SMTPUTF8=True,
        )

    loop = asyncio.get_running_loop()
    tls = context if asked.mode == "implicit" else None
    server = await loop.create_server(serve, "localhost", asked.port, ssl=tls, family=2)
    print(server.sockets[0].getsockname()[1], flush=True)
    # It ends with whoever started it.
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main())
