package screen

import "unsafe"

// What Desktop Duplication and the part of Direct3D 11 beneath it look like in
// memory, after dxgi.h, dxgi1_2.h and d3d11.h of the Windows SDK. It is here
// and not with the calls so that every system checks it.

// The numbers of methods, counted from IUnknown's first.
const (
	factoryEnumAdapters = 12 // IDXGIFactory1::EnumAdapters1
	adapterEnumOutputs  = 7  // IDXGIAdapter::EnumOutputs
	outputGetDesc       = 7  // IDXGIOutput::GetDesc
	outputDuplicate     = 22 // IDXGIOutput1::DuplicateOutput

	duplicationGetDesc       = 7  // IDXGIOutputDuplication::GetDesc
	duplicationAcquire       = 8  // AcquireNextFrame
	duplicationDirtyRects    = 9  // GetFrameDirtyRects
	duplicationMoveRects     = 10 // GetFrameMoveRects
	duplicationPointerShape  = 11 // GetFramePointerShape
	duplicationReleaseFrame  = 14 // ReleaseFrame
	deviceCreateTexture      = 5  // ID3D11Device::CreateTexture2D
	contextMap               = 14 // ID3D11DeviceContext::Map
	contextUnmap             = 15 // ID3D11DeviceContext::Unmap
	contextCopySubresource   = 46 // ID3D11DeviceContext::CopySubresourceRegion
	contextUpdateSubresource = 48 // ID3D11DeviceContext::UpdateSubresource
	textureGetDesc           = 10 // ID3D11Texture2D::GetDesc
)

// dxgiRect is RECT.
type dxgiRect struct{ left, top, right, bottom int32 }

// dxgiOutputDesc is DXGI_OUTPUT_DESC.
type dxgiOutputDesc struct {
	name     [32]uint16
	bounds   dxgiRect
	attached int32
	rotation uint32
	monitor  uintptr
}

// dxgiDuplicationDesc is DXGI_OUTDUPL_DESC.
type dxgiDuplicationDesc struct {
	width, height  uint32
	refresh        [2]uint32
	format         uint32 // of the monitor, not of the picture
	lines, scaling uint32
	rotation       uint32
	inMemory       int32
}

// dxgiFrameInfo is DXGI_OUTDUPL_FRAME_INFO. Times are ticks of the performance
// counter; 0 says that nothing of the kind happened.
type dxgiFrameInfo struct {
	presented, pointerMoved int64
	frames                  uint32
	coalesced, masked       int32
	pointerX, pointerY      int32 // upper left corner of the shape, from that of the monitor
	pointerVisible          int32
	metadataBytes           uint32
	shapeBytes              uint32
}

// dxgiShapeInfo is DXGI_OUTDUPL_POINTER_SHAPE_INFO.
type dxgiShapeInfo struct {
	kind                 uint32
	width, height, pitch uint32
	hotX, hotY           int32
}

// textureDesc is D3D11_TEXTURE2D_DESC.
type textureDesc struct {
	width, height, mips, layers uint32
	format                      uint32
	samples, quality            uint32
	usage, bind, access, misc   uint32
}

// textureBox is D3D11_BOX.
type textureBox struct{ left, top, front, right, bottom, back uint32 }

// mappedTexture is D3D11_MAPPED_SUBRESOURCE; data lies outside Go.
type mappedTexture struct {
	data               unsafe.Pointer
	rowPitch, allPitch uint32
}

// The values that count, of the enumerations of the same headers.
const (
	rotationIdentity = 1       // DXGI_MODE_ROTATION_IDENTITY; 0 is unspecified, more is turned
	formatBGRA       = 87      // DXGI_FORMAT_B8G8R8A8_UNORM
	usageStaging     = 3       // D3D11_USAGE_STAGING
	accessRead       = 0x20000 // D3D11_CPU_ACCESS_READ
	mapRead          = 1       // D3D11_MAP_READ
	sdkVersion       = 7       // D3D11_SDK_VERSION

	shapeMonochrome = 1 // DXGI_OUTDUPL_POINTER_SHAPE_TYPE_MONOCHROME
	shapeColour     = 2 // …_COLOR
	shapeMasked     = 4 // …_MASKED_COLOR
)
