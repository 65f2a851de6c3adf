#!/bin/sh
# Install what `make bench` measures Tayori against, as root on Debian, without starting any of it.
set -eu

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    # 101 tells invoke-rc.d that no service may be started; a policy that was there already is left as it is.
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
apt-get install -y --no-install-recommends \
    postfix dovecot-core dovecot-imapd dovecot-pop3d dovecot-lmtpd e2fsprogs openssl
