using System.Globalization;
using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace SpectralEarth.Scenes.Tiff;

/// <summary>Keeps LibTiff.NET's messages, which it would write to the console, for our own errors.</summary>
internal sealed class LibTiffMessages : TiffErrorHandler
{
    [ThreadStatic]
    private static string? last;

    static LibTiffMessages() => LibTiff.SetErrorHandler(new LibTiffMessages());

    private LibTiffMessages()
    {
    }

    /// <summary>Last error on this thread since <see cref="Clear"/>.</summary>
    internal static string Last => last ?? "no reason given";

    /// <summary>Forgets the last error; to be called before LibTiff.NET is.</summary>
    internal static void Clear() => last = null;

    /// <inheritdoc/>
    public override void ErrorHandler(LibTiff tif, string method, string format, params object[] args) =>
        last = string.Format(CultureInfo.InvariantCulture, format, args);

    /// <inheritdoc/>
    public override void ErrorHandlerExt(LibTiff tif, object clientData, string method, string format, params object[] args)
    {
    }

    /// <inheritdoc/>
    public override void WarningHandler(LibTiff tif, string method, string format, params object[] args)
    {
    }

    /// <inheritdoc/>
    public override void WarningHandlerExt(LibTiff tif, object clientData, string method, string format, params object[] args)
    {
    }
}
