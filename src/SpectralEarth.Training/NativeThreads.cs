using System.Runtime.InteropServices;

namespace SpectralEarth.Training;

/// <summary>Tells the tensor library's OpenMP threads to sleep while they wait.</summary>
public static partial class NativeThreads
{
    /// <summary>
    /// Sets OMP_WAIT_POLICY=passive unless the user set it. By default waiting threads spin: on a machine that is busy with
    /// anything else, a training step then takes two to four times as long. Call before the first tensor: OpenMP reads it once.
    /// </summary>
    public static void WaitPassively()
    {
        // Environment.SetEnvironmentVariable does not reach native libraries on Unix.
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            _ = SetVariable("OMP_WAIT_POLICY", "passive", overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
