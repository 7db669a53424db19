using System.Diagnostics;
using System.Globalization;
using SpectralEarth.Testing;

namespace SpectralEarth.Benchmarks.Shards;

/// <summary>The peers of shared/peers: what a user would run today in Python. Needs Debian's python3-rasterio.</summary>
internal static class Rasterio
{
    /// <summary>Tiles a scene into GeoTIFF patches.</summary>
    public static void Tile(string image, string output, int processes) =>
        Run("rasterio_tile.py", image, output, "--procs", $"{processes}");

    /// <summary>Loads random patches in one process; patches per second.</summary>
    public static double LoadPatchesPerSecond(string patches, int count) =>
        Number(Run("rasterio_load.py", patches, "--count", $"{count}", "--procs", "1"), "patches_per_s");

    private static string Run(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(SharedData.Path("peers"), script), .. arguments]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{script} ended with {process.ExitCode}. Is rasterio there? apt-get install --no-install-recommends python3-rasterio");
    }

    private static double Number(string output, string name)
    {
        var words = output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(words[Array.IndexOf(words, name) + 1], CultureInfo.InvariantCulture);
    }
}
