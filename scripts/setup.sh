#!/usr/bin/env bash
# Checks what SpectralEarth needs, installs what it can, restores and builds. Safe to run twice.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/sbin:/usr/sbin
say() { printf '[setup] %s\n' "$*"; }
stop() { printf '[setup] %s\n' "$*" >&2; exit 1; }

command -v dotnet >/dev/null || stop "The .NET SDK is missing. Install version 10.0.4xx: see https://dotnet.microsoft.com/download/dotnet/10.0"
sdk=$(dotnet --version 2>/dev/null) || stop "The .NET SDK does not fit global.json (10.0.4xx). Installed: $(dotnet --list-sdks | tr '\n' ' ')"
say ".NET SDK $sdk"

# libtorch's C# binding needs the C++ library of GCC 13 or newer.
has_cxx_library() {
    local library
    library=$(ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 .*x86-64/ { print $NF; exit }')
    [ -n "$library" ] && grep -q GLIBCXX_3.4.32 "$library"
}

install_cxx_library_from_debian_13() {
    local root="" mirror
    [ "$(id -u)" = 0 ] || root="sudo"
    [ -z "$root" ] || command -v sudo >/dev/null || stop "Run scripts/setup.sh once as root: libstdc++6 must come from Debian 13."
    # The mirror is the one that this machine already uses for its own release.
    mirror=$(sed -nE 's/^URIs: *(\S*\/debian\/?)( .*)?$/\1/p; s/^deb (\[[^]]*\] )?(\S*\/debian\/?) .*/\2/p' \
        $(find /etc/apt/sources.list /etc/apt/sources.list.d -type f 2>/dev/null) /dev/null | head -n 1)
    [ -n "$mirror" ] || stop "No Debian mirror in /etc/apt: install libstdc++6 of Debian 13 (GLIBCXX_3.4.32) by hand."
    say "Debian 12: installing libstdc++6 from Debian 13 ($mirror), everything else stays at Debian 12"
    printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" \
        | $root tee /etc/apt/sources.list.d/spectralearth-debian13.sources >/dev/null
    printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' \
        | $root tee /etc/apt/preferences.d/spectralearth-debian13 >/dev/null
    $root apt-get update -qq
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -t trixie libstdc++6 >/dev/null
}

if [ "$(uname -s)" = Linux ] && [ "$(uname -m)" = x86_64 ]; then
    if ! has_cxx_library; then
        . /etc/os-release
        case "${ID:-}-${VERSION_ID:-}" in
            debian-12) install_cxx_library_from_debian_13 ;;
            *) stop "libstdc++ lacks GLIBCXX_3.4.32. Install the C++ library of GCC 13 or newer (package libstdc++6, libstdc++ or gcc-libs of your distribution)." ;;
        esac
        has_cxx_library || stop "libstdc++ still lacks GLIBCXX_3.4.32 after the installation."
    fi
    say "libstdc++ with GLIBCXX_3.4.32"
fi

say "restoring packages (the first time: about 1 GB, most of it libtorch)"
dotnet restore SpectralEarth.sln --nologo -v quiet
say "building (Release)"
dotnet build SpectralEarth.sln --nologo --no-restore -c Release -v quiet -clp:NoSummary
say "done; the program is scripts/spectralearth"
