using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using SpectralEarth.Scenes;

namespace SpectralEarth.Tiling.Importing;

/// <summary>An image in a numpy archive (.npz): the array "data", [C, H, W], of whole numbers or floats (NEP 1, versions 1 to 3).</summary>
internal sealed partial class NumpyImage
{
    private const string EntryName = "data.npy";
    private const int MostSide = 4096, MostHeader = 1 << 16, MostBytes = 1 << 30;
    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private NumpyImage(int height, int width, float[] values) => (Height, Width, Values) = (height, width, values);

    /// <summary>Rows.</summary>
    public int Height { get; }
    /// <summary>Columns.</summary>
    public int Width { get; }
    /// <summary>Values, [C, H, W].</summary>
    public float[] Values { get; }

    /// <summary>Reads an image.</summary>
    /// <param name="path">File.</param>
    /// <param name="bands">Expected number of bands.</param>
    /// <exception cref="SceneException">It cannot be read, is damaged, or not of that form; nothing larger than the archive says that it holds is allocated.</exception>
    public static NumpyImage Read(string path, int bands)
    {
        var name = Path.GetFileName(path);
        try
        {
            using var archive = ZipFile.OpenRead(path);
            var entry = archive.GetEntry(EntryName) ?? throw new SceneException($"{name}: holds no array 'data' but {string.Join(", ", archive.Entries.Select(one => one.Name))}.");
            using var stream = entry.Open();
            var header = Header(stream, name);
            var (type, shape) = Layout(header, name);
            if (shape.Length != 3 || shape[0] != bands || shape[1] is < 1 or > MostSide || shape[2] is < 1 or > MostSide)
                throw new SceneException($"{name}: 'data' is [{string.Join(", ", shape)}]; expected [{bands}, height, width] with sides of 1 to {MostSide}.");
            var size = (long)shape[0] * shape[1] * shape[2] * SizeOf(type);
            if (size > Math.Min(entry.Length, MostBytes))
                throw new SceneException($"{name}: 'data' is [{string.Join(", ", shape)}] of '{type}', {size} bytes, but {EntryName} holds {entry.Length}, and at most {MostBytes} are read. Fetch it again.");
            var bytes = new byte[size];
            stream.ReadExactly(bytes);
            return new NumpyImage(shape[1], shape[2], Numbers(type, bytes, name));
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw new SceneException($"{name}: no readable numpy archive ({error.Message}). Fetch it again.");
        }
        catch (Exception error) when (error is UnauthorizedAccessException or (IOException and not SceneException))
        {
            throw new SceneException($"{path}: cannot be read. {error.Message}", error);
        }
    }

    private static string Header(Stream stream, string name)
    {
        Span<byte> start = stackalloc byte[12];
        stream.ReadExactly(start[..8]);
        if (!start[..6].SequenceEqual(Magic) || start[6] is < 1 or > 3)
            throw new SceneException($"{name}: {EntryName} does not begin as numpy arrays do.");
        stream.ReadExactly(start[8..(start[6] == 1 ? 10 : 12)]);
        var length = start[6] == 1 ? start[8] + (start[9] << 8) : BitConverter.ToInt32(start[8..]);
        if (length is < 1 or > MostHeader)
            throw new SceneException($"{name}: {EntryName} has a header of {length} bytes; expected 1 to {MostHeader}.");
        var header = new byte[length];
        stream.ReadExactly(header);
        return Encoding.Latin1.GetString(header);
    }

    private static (string Type, int[] Shape) Layout(string header, string name)
    {
        var found = Description().Match(header);
        if (!found.Success || found.Groups["order"].Value == "True")
            throw new SceneException($"{name}: the header '{header.Trim()}' is not of an array in C order.");
        int[] shape = [.. found.Groups["shape"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)];
        var type = found.Groups["type"].Value;
        return SizeOf(type) > 0 ? (type, shape) : throw new SceneException($"{name}: numbers are of type '{type}'; expected little-endian i2, u2, i4, i8, u8, f4, f8 or u1. Save it so: np.savez(FILE, data=data.astype('<i2')) of whole numbers, '<f4' of others.");
    }

    private static int SizeOf(string type) => type switch { "|u1" => 1, "<i2" or "<u2" => 2, "<i4" or "<f4" => 4, "<f8" or "<i8" or "<u8" => 8, _ => 0 };

    private static float[] Numbers(string type, byte[] bytes, string name) => type switch
    {
        "|u1" => Cast<byte>(bytes, value => value),
        "<i2" => Cast<short>(bytes, value => value),
        "<u2" => Cast<ushort>(bytes, value => value),
        "<i4" => Cast<int>(bytes, value => value),
        "<i8" => Cast<long>(bytes, value => Stored(value, value is > Scene.NoData and <= short.MaxValue, name)),
        "<u8" => Cast<ulong>(bytes, value => Stored(value, value <= (ulong)short.MaxValue, name)),
        "<f4" => Cast<float>(bytes, value => value),
        _ => Cast<double>(bytes, value => (float)value),
    };

    /// <summary>A whole number of 64 bits, which single precision need not hold, if 16 bits do.</summary>
    private static float Stored(Int128 value, bool fits, string name) => fits
        ? (float)value
        : throw new SceneException($"{name}: value {value} does not fit 16 bits; expected {Scene.NoData + 1} to {short.MaxValue}.");

    private static float[] Cast<T>(byte[] bytes, Func<T, float> value) where T : unmanaged
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        var numbers = new float[values.Length];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = value(values[i]);
        return numbers;
    }

    [GeneratedRegex(@"'descr':\s*'(?<type>[^']+)'.*'fortran_order':\s*(?<order>True|False).*'shape':\s*\((?<shape>[\d,\s]*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Description();
}
