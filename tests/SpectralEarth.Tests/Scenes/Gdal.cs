using System.ComponentModel;
using System.Diagnostics;

namespace SpectralEarth.Tests.Scenes;

/// <summary>Runs GDAL's programs; the test is skipped where they are missing.</summary>
internal static class Gdal
{
    /// <summary>Runs a program and returns what it prints.</summary>
    internal static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{errors.Result}");
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"Skipped: {program} is not installed (Debian: apt install gdal-bin).");
            return "";
        }
    }
}
