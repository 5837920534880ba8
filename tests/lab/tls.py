"""Certificates: a small authority of the lab, and for each remote host a
current, an expired and a self-signed one, between which faults switch."""

import os
import time

from layout import REMOTE
from util import run, write

DAYS = {"staging": 62, "prod": 25}
NAMES = {"staging": "staging.acadenice.fr", "prod": "acadenice.fr"}
DAY = 86400

CA_CONF = """[ca]
default_ca = lab
[lab]
new_certs_dir = {dir}
database = {dir}/index.txt
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
"""

REQUEST_CONF = """[req]
distinguished_name = dn
prompt = no
req_extensions = san
x509_extensions = san
[dn]
CN = wiki.{name}
[san]
subjectAltName = DNS:wiki.{name}, DNS:baserow.{name}, DNS:bridge.{name}, DNS:localhost, IP:127.0.0.1
basicConstraints = CA:FALSE
"""


def stamp(when):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(when))


def make(lab, programs):
    ca = lab.path("ca")
    openssl = programs["openssl"]
    os.makedirs(ca, 0o700)
    write(ca + "/ca.conf", CA_CONF.format(dir=ca))
    write(ca + "/index.txt", "")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run([openssl, "req", "-x509"] + new_key + ["-days", "3650", "-subj",
        "/CN=vigie lab", "-keyout", ca + "/ca.key", "-out", ca + "/ca.pem"])
    now = time.time()
    for env in REMOTE:
        conf = ca + "/%s.conf" % env
        write(conf, REQUEST_CONF.format(name=NAMES[env]))
        key, csr = ca + "/%s.key" % env, ca + "/%s.csr" % env
        run([openssl, "req"] + new_key + ["-config", conf, "-keyout", key,
            "-out", csr])
        for kind, start, end in (("current", -2, DAYS[env]), ("expired", -93, -3)):
            run([openssl, "ca", "-batch", "-notext", "-config", ca + "/ca.conf",
                "-cert", ca + "/ca.pem", "-keyfile", ca + "/ca.key", "-in", csr,
                "-startdate", stamp(now + start * DAY),
                "-enddate", stamp(now + end * DAY),
                "-out", ca + "/%s-%s.crt" % (env, kind)])
        run([openssl, "req", "-x509", "-config", conf, "-key", key, "-days", "90",
            "-out", ca + "/%s-self-signed.crt" % env])
        use(lab, env, "current")


def use(lab, env, kind):
    """Make a certificate the one that the front of env shows."""
    link = lab.path("ca", env + ".crt")
    tmp = link + ".new"
    os.symlink("%s-%s.crt" % (env, kind), tmp)
    os.replace(tmp, link)
