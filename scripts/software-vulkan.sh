#!/usr/bin/env bash
# Installs Mesa's software Vulkan, so that the engine webgpu runs without a GPU (slowly: for tests). Debian 12's own Mesa 22
# is refused by Dawn; its backports have Mesa 25. Needs root.
set -euo pipefail
. /etc/os-release
from=()
if [ "${VERSION_CODENAME:-}" = bookworm ]; then
  mirror=$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources | head -n 1)
  printf 'deb %s bookworm-backports main\n' "$mirror" >/etc/apt/sources.list.d/bookworm-backports.list
  from=(--target-release bookworm-backports)
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${from[@]}" mesa-vulkan-drivers libvulkan1 >/dev/null
echo "Software Vulkan: $(dpkg-query --showformat '${Version}' --show mesa-vulkan-drivers)"
