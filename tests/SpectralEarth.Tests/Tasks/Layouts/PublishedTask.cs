using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using SpectralEarth.Randomness;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using SpectralEarth.Tests.Tiling.Importing;

namespace SpectralEarth.Tests.Tasks.Layouts;

/// <summary>A small copy of a published task: the same folders, names, number types and lists, with patches of 16 pixels.</summary>
internal static class PublishedTask
{
    public const int Train = 10, Validation = 4, Test = 6;
    private const int Side = PublishedFiles.Side;

    /// <summary>Writes images, labels and lists into folders "data" and "lists".</summary>
    public static void Write(TemporaryFolder folder, TaskDescriptor task)
    {
        if (task.Type == TaskType.Regression)
            WriteHyperview(folder, task);
        else
            WriteRasters(folder, task);
    }

    private static void WriteRasters(TemporaryFolder folder, TaskDescriptor task)
    {
        var bands = SensorCatalog.Load(task.Sensor).DefaultBands.Count;
        var names = new List<string>();
        for (var patch = 0; patch < Train + Validation + Test; patch++)
        {
            // Two patches of a scene, as the published ones, which share scenes between parts.
            var name = string.Create(CultureInfo.InvariantCulture, $"{1000 + (37 * patch):D7}/{patch / 2:D5}.tif");
            PublishedFiles.WriteImage(folder.File($"data/{task.ImageFolder}/{name}"), PublishedFiles.Pixels(bands, patch), patch);
            PublishedFiles.WriteLabels(folder.File($"data/{task.LabelFolder}/{name}"), Codes(task, patch), patch);
            names.Add(name);
        }

        Directory.CreateDirectory(folder.File("lists"));
        File.WriteAllText(folder.File("lists/train.txt"), string.Join('\n', names[..Train]) + "\n");
        File.WriteAllText(folder.File("lists/val.txt"), string.Join('\n', names[Train..(Train + Validation)]) + "\n");
        // No newline at the end, as in the lists of NLCD.
        File.WriteAllText(folder.File("lists/test.txt"), string.Join('\n', names[(Train + Validation)..]));
    }

    /// <summary>Original codes: stripes of three classes, code 0 and a code of no class.</summary>
    private static uint[] Codes(TaskDescriptor task, int patch)
    {
        long[] codes = [.. task.Classes.SelectMany(item => item.Codes)];
        return [.. Enumerable.Range(0, Side * Side).Select(pixel => (pixel / Side / 3) switch
        {
            0 => 0u,
            1 => 250u,
            var stripe => (uint)codes[((3 * patch) + stripe) % codes.Length],
        })];
    }

    private static void WriteHyperview(TemporaryFolder folder, TaskDescriptor task)
    {
        Directory.CreateDirectory(folder.File($"data/{task.ImageFolder}"));
        Directory.CreateDirectory(folder.File("lists"));
        var rows = new List<string>();
        for (var patch = 0; patch < Train + Validation; patch++)
        {
            var (height, width, random) = (11 + (patch % 5), 9 + (patch % 3), new SeededRandom(patch, "soil", 0));
            short[] values = [.. Enumerable.Range(0, 150 * height * width).Select(_ => (short)(300 + random.NextInt(600)))];
            WriteArray(folder.File($"data/{task.ImageFolder}/{patch}.npz"), values, $"(150, {height}, {width})");
            rows.Add(string.Create(CultureInfo.InvariantCulture,
                $"{patch},A,1,wheat,2019,m,2019-05-01,2019,{random.NextNormal():R},{random.NextNormal():R},{random.NextNormal():R},{random.NextNormal():R},1,2,3,4,,,"));
        }

        const string header = "sample_index,company,field,cover,sampling,lab_method,date,year,P,K,Mg,pH,P_class,K_class,Mg_class,pH_class,P2O5,K2O,MgO\n";
        File.WriteAllText(folder.File("lists/train.csv"), header + string.Join('\n', rows[..Train]) + "\n");
        File.WriteAllText(folder.File("lists/val.csv"), header + string.Join('\n', rows[Train..]) + "\n");
    }

    /// <summary>Writes numpy's archive: "data" and the mask that is not read.</summary>
    public static void WriteArray(string path, short[] values, string shape, string type = "<i2", string isFortran = "False")
    {
        using var archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (var name in (string[])["data.npy", "mask.npy"])
        {
            using var stream = archive.CreateEntry(name).Open();
            var header = $"{{'descr': '{type}', 'fortran_order': {isFortran}, 'shape': {shape}, }}";
            header = header.PadRight(118 - 1) + "\n";
            stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, 0]);
            stream.Write(Encoding.Latin1.GetBytes(header));
            stream.Write(MemoryMarshal.AsBytes<short>(values));
        }
    }
}
