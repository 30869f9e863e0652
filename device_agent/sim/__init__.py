"""The simulated phone: adb, uiautomator2 and a WeChat whose ground truth judges everything else."""
