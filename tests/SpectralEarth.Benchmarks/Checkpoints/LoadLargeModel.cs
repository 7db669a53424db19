using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Training;
using TorchSharp;

namespace SpectralEarth.Benchmarks.Checkpoints;

/// <summary>
/// How fast do the weights of ViT-L (1.2 GB) come out of a cached file, and how much memory stays resident beside them? Per
/// format: into new tensors, and into a network that is there. For comparison, new memory is filled without any file.
/// </summary>
internal static class LoadLargeModel
{
    private const int Rounds = 5;
    private static readonly EncoderConfig Large = new() { Width = 1024, Depth = 24, Heads = 16 };

    public static void Run()
    {
        SpectralEarth.Training.NativeTuning.TuneAllocator();
        var folder = Directory.CreateTempSubdirectory("load-large-").FullName;
        try
        {
            string[] paths = [Path.Combine(folder, "large.safetensors"), Path.Combine(folder, "large.pth")];
            using var model = new SpectralViT(Large);
            SafeTensorsFile.Write(paths[0], model.state_dict());
            PyTorchFile.Write(paths[1], model.state_dict());
            Console.WriteLine("| source | GB | into | first load, GB/s | best, GB/s | largest growth of resident memory / weights |\n|---|---|---|---|---|---|");
            foreach (var path in paths)
                Console.WriteLine(Row(path, Path.GetExtension(path), "a network that is there", () => Loaded(path, model)));
            Console.WriteLine(Row(paths[0], "ones", "new tensors", () => Filled(model)));
            foreach (var path in paths)
                Console.WriteLine(Row(path, Path.GetExtension(path), "new tensors", () => ReadAll(path)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Rates, and growth of the resident memory, sampled while loading and while the result is kept.</summary>
    private static string Row(string path, string source, string into, Func<IDisposable> load)
    {
        var bytes = (double)new FileInfo(path).Length;
        var rates = new double[Rounds];
        var growth = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            ReturnFreeMemory();
            var before = Resident();
            using var peak = new PeakResident();
            var begun = Stopwatch.GetTimestamp();
            using var result = load();
            rates[round] = bytes / Stopwatch.GetElapsedTime(begun).TotalSeconds / 1e9;
            growth = Math.Max(growth, (peak.Bytes - before) / bytes);
        }

        return string.Create(CultureInfo.InvariantCulture, $"| {source} | {bytes / 1e9:F2} | {into} | {rates[0]:F2} | {rates.Max():F2} | {growth:F3} |");
    }

    /// <summary>Without this the allocator keeps what the round before freed, and neither page faults nor growth would show.</summary>
    private static void ReturnFreeMemory()
    {
        GC.Collect();
        FinalizerGate.Drain();
        if (OperatingSystem.IsLinux())
            _ = TrimHeap(0);
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int TrimHeap(nuint pad);

    private static DisposeScope ReadAll(string path)
    {
        var scope = torch.NewDisposeScope();
        using var file = WeightFile.Open(path);
        foreach (var name in file.Names)
            file.Read(name);
        return scope;
    }

    /// <summary>As much memory as the weights need, written once.</summary>
    private static DisposeScope Filled(SpectralViT model)
    {
        var scope = torch.NewDisposeScope();
        foreach (var weight in model.state_dict().Values)
            torch.ones(weight.shape, weight.dtype);
        return scope;
    }

    private static DisposeScope Loaded(string path, SpectralViT model)
    {
        using var file = WeightFile.Open(path);
        WeightLoader.Load(model, file);
        return torch.NewDisposeScope();
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>Samples the resident memory every two milliseconds.</summary>
    private sealed class PeakResident : IDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Thread sampler;
        private long bytes;

        internal PeakResident()
        {
            sampler = new Thread(() =>
            {
                while (!stop.Token.WaitHandle.WaitOne(2))
                    Interlocked.Exchange(ref bytes, Math.Max(bytes, Resident()));
            });
            sampler.Start();
        }

        internal long Bytes => Math.Max(Interlocked.Read(ref bytes), Resident());

        public void Dispose()
        {
            stop.Cancel();
            sampler.Join();
            stop.Dispose();
        }
    }
}
